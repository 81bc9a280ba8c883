#include "pushgate/base/identity.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include "pushgate/base/text.hpp"

namespace pushgate {

namespace {

constexpr bool is_product_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

constexpr std::array<bool, 256> make_product_chars() {
  std::array<bool, 256> table{};
  for (std::size_t code = 0; code < table.size(); ++code) {
    table[code] = is_product_char(static_cast<char>(code));
  }
  return table;
}

constexpr std::array<bool, 256> kProductChars = make_product_chars();

/// Without a branch for each character: asked several times for every request.
bool is_printable_ascii(std::string_view text) noexcept {
  bool printable = true;
  for (const char c : text) printable &= c >= 0x20 && c < 0x7f;
  return printable;
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
  if (product.empty() || product.size() > kMaxProductBytes) return false;
  bool valid = true;
  for (const char c : product) valid &= kProductChars[static_cast<unsigned char>(c)];
  return valid;
}

bool Identity::valid_uid(std::string_view uid) noexcept {
  if (uid.empty() || uid.size() > kMaxUidBytes) return false;
  if (uid.front() == ' ' || uid.back() == ' ') return false;
  return is_printable_ascii(uid) || (!has_control_character(uid) && is_valid_utf8(uid));
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
