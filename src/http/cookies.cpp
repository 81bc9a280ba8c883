#include "pushgate/http/cookies.hpp"

#include "pushgate/base/text.hpp"

#include "characters.hpp"

namespace pushgate::http {

std::optional<Cookie> CookieReader::next() noexcept {
  while (!rest_.empty()) {
    const std::size_t end = rest_.find(';');
    const std::string_view piece = rest_.substr(0, end);
    rest_ = end == rest_.npos ? std::string_view{} : rest_.substr(end + 1);
    const std::size_t equals = piece.find('=');
    if (equals == piece.npos) continue;
    return Cookie{trim(piece.substr(0, equals)), without_quotes(trim(piece.substr(equals + 1)))};
  }
  return std::nullopt;
}

std::optional<std::string_view> CookieValues::next() noexcept {
  for (;;) {
    while (const std::optional<Cookie> cookie = reader_.next()) {
      if (cookie->name == name_) return cookie->value;
    }
    while (!fields_.empty() && fields_.front().id != FieldId::cookie) fields_ = fields_.subspan(1);
    if (fields_.empty()) return std::nullopt;
    reader_ = CookieReader{fields_.front().value};
    fields_ = fields_.subspan(1);
  }
}

}  // namespace pushgate::http
