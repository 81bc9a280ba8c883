#include "pushgate/http/hop_by_hop.hpp"

#include <algorithm>

#include "pushgate/base/text.hpp"

#include "characters.hpp"
#include "parse_step.hpp"

namespace pushgate::http {

namespace {

/// What may not be a trailer of the fields that are `other` to the proxy.
constexpr std::array<std::string_view, 19> kNoTrailers{"Age",
                                                       "Cache-Control",
                                                       "Content-Encoding",
                                                       "Content-Range",
                                                       "Content-Type",
                                                       "Expires",
                                                       "If-Match",
                                                       "If-Modified-Since",
                                                       "If-None-Match",
                                                       "If-Range",
                                                       "If-Unmodified-Since",
                                                       "Location",
                                                       "Max-Forwards",
                                                       "Pragma",
                                                       "Range",
                                                       "Retry-After",
                                                       "Vary",
                                                       "WWW-Authenticate",
                                                       "Warning"};

}  // namespace

ConnectionOptions::ConnectionOptions(std::span<const Field> fields) noexcept {
  for (const Field& field : fields) {
    if (field.id == FieldId::connection) add(field.value);
  }
}

void ConnectionOptions::add(std::string_view value) noexcept {
  static_assert(kMaxOptions == kMaxConnectionOptions);
  ListReader list{value};
  while (list.more && count_ != kMaxOptions) {
    const std::string_view option = list.next();
    // What is known cannot be nominated, so it need not be remembered.
    if (!option.empty() && field_id(option) == FieldId::other) names_[count_++] = option;
  }
}

bool ConnectionOptions::nominates(const Field& field) const noexcept {
  if (field.id != FieldId::other) return false;
  const auto nominated = std::span{names_}.first(count_);
  return std::ranges::any_of(nominated,
                             [&](std::string_view name) { return iequals(name, field.name); });
}

bool is_same_or_alias(std::string_view name, std::string_view known) noexcept {
  if (name.size() != known.size()) return false;
  const auto fold = [](char c) { return c == '_' ? '-' : to_lower(c); };
  return std::ranges::equal(name, known, {}, fold, fold);
}

bool is_alias_of_known_field(std::string_view name) noexcept {
  constexpr std::size_t kLongestKnownName = 24;  // sec-websocket-extensions
  if (name.size() > kLongestKnownName || name.find('_') == name.npos) return false;
  std::array<char, kLongestKnownName> folded{};
  std::ranges::replace_copy(name, folded.begin(), '_', '-');
  return field_id(std::string_view{folded.data(), name.size()}) != FieldId::other;
}

bool may_be_trailer(std::string_view name) noexcept {
  // Everything that the proxy acts upon steers the message in one of those ways, but for Server.
  const FieldId id = field_id(name);
  if (id != FieldId::other) return id == FieldId::server;
  return !is_alias_of_known_field(name) &&
         std::ranges::none_of(kNoTrailers, [&](std::string_view forbidden) {
           return is_same_or_alias(name, forbidden);
         });
}

}  // namespace pushgate::http
