#include "agent/token/token_place.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "pushgate/base/text.hpp"
#include "pushgate/http/cookies.hpp"
#include "pushgate/http/percent.hpp"
#include "pushgate/http/query.hpp"

#include "agent/identity/claims.hpp"
#include "agent/identity/field_values.hpp"

namespace pushgate::agent {

namespace {

using From = config::TokenSourceConfig::From;
using Kind = TokenPlace::Finding::Kind;

/// A token has no character that needs an encoding, so there is hardly ever one.
template <class Values>
TokenPlace::Finding single_token(Values values, http::Plus plus, std::string& buffer) {
  std::optional<std::string_view> raw = values.next();
  while (raw && raw->empty()) raw = values.next();
  if (!raw) return {};

  std::string_view token = *raw;
  if (http::is_percent_encoded(token, plus)) {
    std::optional<std::string> decoded = http::percent_decode(token, plus);
    if (!decoded) return {.kind = Kind::malformed};
    buffer = std::move(*decoded);
    token = buffer;
  }
  if (any_differs(values, token, plus)) return {.kind = Kind::conflicting};
  return {.kind = Kind::found, .token = token};
}

/// Without "Bearer " and the spaces behind it (RFC 6750 section 2.1, schemes in any case). nullopt:
/// it does not begin like that.
std::optional<std::string_view> bearer_token(std::string_view value) noexcept {
  constexpr std::string_view kScheme = "Bearer";
  if (!iequals(value.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  value.remove_prefix(kScheme.size());
  if (value.empty()) return value;
  if (value.front() != ' ') return std::nullopt;
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  return value;
}

}  // namespace

TokenPlace::TokenPlace(From from, std::string name)
    : from_(from), name_(std::move(name)), id_(http::field_id(name_)) {}

TokenPlace::Finding TokenPlace::find(const http::RequestHead& head, std::string& buffer) const {
  if (from_ == From::header) return in_fields(head);
  if (from_ == From::cookie) {
    return single_token(http::CookieValues{head.fields, name_}, http::Plus::literal, buffer);
  }
  if (head.query.empty()) return {};
  return single_token(http::ParameterValues{head.query, name_}, http::Plus::space, buffer);
}

TokenPlace::Finding TokenPlace::in_fields(const http::RequestHead& head) const {
  Finding finding;
  FieldValues values{head.fields, name_, id_};
  while (const std::optional<std::string_view> value = values.next()) {
    std::optional<std::string_view> token = bearer_token(*value);
    if (!token && id_ != http::FieldId::authorization) token = value;
    if (!token || token->empty()) continue;
    if (finding.kind == Kind::found && finding.token != *token) return {.kind = Kind::conflicting};
    finding = {.kind = Kind::found, .token = *token};
  }
  return finding;
}

std::string TokenPlace::describe() const {
  const char* const kind = from_ == From::header   ? "header"
                           : from_ == From::cookie ? "cookie"
                                                   : "query";
  return std::string{kind} + " \"" + name_ + '"';
}

}  // namespace pushgate::agent
