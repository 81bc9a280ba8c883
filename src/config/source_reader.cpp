// Sources of identity: "identity.uid[]" and "identity.product[]".

#include "config/source_reader.hpp"

#include "pushgate/base/identity.hpp"
#include "pushgate/config/path_pattern.hpp"
#include "pushgate/config/text_template.hpp"

#include "config/header_names.hpp"
#include "config/names.hpp"
#include "config/values.hpp"

namespace pushgate::config {

namespace {

void read_pattern(const Value& value, std::string& out) {
  out = to_re2_syntax(out);
  const std::string fault = check_path_pattern(out);
  if (fault.empty()) return;
  value.error("the pattern " + show(*value.json) + " cannot be used: " + fault,
              "one group (?<v>...) holds the value; no look-around, no back references");
}

void check_source_text(const Value& value, IdentitySourceConfig& source, IdentityPart part) {
  using Kind = IdentitySourceConfig::Kind;
  switch (source.kind) {
    case Kind::cookie:
    case Kind::header:
      if (!is_token(source.text)) value.error(show(*value.json) + " is not a name");
      return;
    case Kind::query:
      if (source.text.empty()) value.error("the name of the query parameter is empty");
      return;
    case Kind::path:
      read_pattern(value, source.text);
      return;
    case Kind::client_ip:
      return;
    case Kind::constant:
      if (part == IdentityPart::uid && !Identity::valid_uid(source.text)) {
        value.error(show(*value.json) + " is no uid",
                    "1 to 256 bytes without control characters and spaces at either end");
      }
      if (part == IdentityPart::product && !Identity::valid_product(source.text)) {
        value.error(show(*value.json) + " is no product name",
                    "1 to 64 of the characters A-Z a-z 0-9 _ . -");
      }
      return;
    default:  // these have no text
      return;
  }
}

/// The value of the one key that says where to look.
void read_place(const Value& value, IdentityPart part, IdentitySourceConfig& source) {
  switch (source.kind) {
    case SourceKind::client_ip:
      if (read_boolean(value) == false) value.error("clientIp can only be true");
      return;
    case SourceKind::jwt:
      read_token_source(value, source.detail.emplace<TokenSourceConfig>());
      return;
    case SourceKind::http:
      read_http_source(value, source.detail.emplace<HttpSourceConfig>());
      return;
    case SourceKind::redis:
      read_redis_source(value, source.detail.emplace<RedisSourceConfig>());
      return;
    case SourceKind::native:
      read_native_source(value, source.detail.emplace<NativeSourceConfig>());
      return;
    default:
      break;
  }
  auto text = read_text(value);
  if (!text) return;
  source.text = *std::move(text);
  if (source.kind != SourceKind::lua) {
    check_source_text(value, source, part);
  } else if (source.text.empty()) {
    value.error("the name of the script is empty");
  } else {
    source.text = absolute_name(value, source.text);
  }
}

}  // namespace

void read_source(const Value& value, IdentityPart part, std::vector<IdentitySourceConfig>& out) {
  ObjectReader reader{value};
  std::size_t given = 0;
  IdentitySourceConfig source;
  for (const auto& name : kSourceNames) {
    const auto member = reader.find(name.text);
    if (!member) continue;
    ++given;
    source.kind = name.value;
    read_place(*member, part, source);
  }
  if (const auto when = reader.find("when")) read_condition(when->as("/condition"), source.when);
  reader.finish();
  if (reader.is_object() && given != 1) {
    value.error(
        given == 0 ? "this source names no place to look" : "a source looks in one place only",
        "one of: cookie, query, header, path, clientIp, constant, jwt, http, redis, lua, native");
  }
  if (given == 1) out.push_back(std::move(source));
}

void read_template(ObjectReader& reader, std::string_view key, std::string& out) {
  const auto value = reader.find(key);
  if (!value) return;
  auto text = read_text(*value);
  if (!text) return;
  const std::string fault = parse_template(*text).fault;
  if (!fault.empty()) value->error(show(*value->json) + " cannot be filled in: " + fault);
  out = *std::move(text);
}

}  // namespace pushgate::config
