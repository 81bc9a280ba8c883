#include "pushgate/base/identity.hpp"

#include <algorithm>
#include <utility>

#include "pushgate/base/text.hpp"

namespace pushgate {

namespace {

constexpr bool is_product_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

/// C0 controls and DEL, and the C1 controls, which UTF-8 writes as C2 80 .. C2 9F.
bool has_control_character(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool Identity::valid_product(std::string_view product) noexcept {
  return !product.empty() && product.size() <= kMaxProductBytes &&
         std::all_of(product.begin(), product.end(), is_product_char);
}

bool Identity::valid_uid(std::string_view uid) noexcept {
  if (uid.empty() || uid.size() > kMaxUidBytes) return false;
  // Nearly every uid is printable ASCII: once per request, so one plain loop decides those.
  if (std::all_of(uid.begin(), uid.end(), [](char c) { return c >= 0x20 && c < 0x7f; }))
    return true;
  return !has_control_character(uid) && is_valid_utf8(uid);
}

std::optional<Identity> Identity::make(std::string_view product, std::string_view uid) {
  if (!valid_product(product) || !valid_uid(uid)) return std::nullopt;
  return Identity{std::string{product}, std::string{uid}};
}

std::optional<Identity> Identity::adopt(std::string product, std::string uid) {
  if (!valid_product(product) || !valid_uid(uid)) return std::nullopt;
  return Identity{std::move(product), std::move(uid)};
}

}  // namespace pushgate
