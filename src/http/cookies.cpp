#include "pushgate/http/cookies.hpp"

#include "pushgate/base/text.hpp"

namespace pushgate::http {

namespace {

std::string_view without_quotes(std::string_view value) noexcept {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

/// Takes the next piece off the front of a Cookie field's value.
std::string_view take_piece(std::string_view& rest) noexcept {
  const std::size_t end = rest.find(';');
  const std::string_view piece = rest.substr(0, end);
  rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
  return piece;
}

/// The value in a piece "name=value" if the cookie has that name. Looks no further than the name in
/// all others, which are most.
std::optional<std::string_view> value_of(std::string_view piece, std::string_view name) noexcept {
  piece = trim(piece);
  if (!piece.starts_with(name)) return std::nullopt;
  piece = trim(piece.substr(name.size()));
  if (!piece.starts_with('=')) return std::nullopt;
  return without_quotes(trim(piece.substr(1)));
}

}  // namespace

std::optional<Cookie> CookieReader::next() noexcept {
  while (!rest_.empty()) {
    const std::string_view piece = take_piece(rest_);
    const std::size_t equals = piece.find('=');
    if (equals == piece.npos) continue;
    return Cookie{trim(piece.substr(0, equals)), without_quotes(trim(piece.substr(equals + 1)))};
  }
  return std::nullopt;
}

std::optional<std::string_view> CookieValues::next() noexcept {
  for (;;) {
    while (!rest_.empty()) {
      const std::string_view piece = take_piece(rest_);
      if (const std::optional<std::string_view> value = value_of(piece, name_)) return value;
    }
    while (!fields_.empty() && fields_.front().id != FieldId::cookie) fields_ = fields_.subspan(1);
    if (fields_.empty()) return std::nullopt;
    rest_ = fields_.front().value;
    fields_ = fields_.subspan(1);
  }
}

}  // namespace pushgate::http
