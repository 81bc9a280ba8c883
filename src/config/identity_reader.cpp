// The key "identity" of pushgate.json.

#include <algorithm>

#include "pushgate/base/identity.hpp"
#include "pushgate/base/text.hpp"
#include "pushgate/config/path_pattern.hpp"

#include "config/daemon_reader.hpp"
#include "config/header_names.hpp"

namespace pushgate::config {

namespace {

enum class Part : std::uint8_t { uid, product };

void read_pattern(const Value& value, std::string& out) {
  out = to_re2_syntax(out);
  const std::string fault = check_path_pattern(out);
  if (fault.empty()) return;
  value.error("the pattern " + show(*value.json) + " cannot be used: " + fault,
              "one group (?<v>...) holds the value; no look-around, no back references");
}

void check_source_text(const Value& value, IdentitySourceConfig& source, Part part) {
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
      if (part == Part::uid && !Identity::valid_uid(source.text)) {
        value.error(show(*value.json) + " is no uid",
                    "1 to 256 bytes without control characters and spaces at either end");
      }
      if (part == Part::product && !Identity::valid_product(source.text)) {
        value.error(show(*value.json) + " is no product name",
                    "1 to 64 of the characters A-Z a-z 0-9 _ . -");
      }
      return;
    default:
      return;
  }
}

void read_source(const Value& value, Part part, std::vector<IdentitySourceConfig>& out) {
  ObjectReader reader{value};
  std::size_t given = 0;
  IdentitySourceConfig source;
  for (const auto& name : kSourceNames) {
    const auto member = reader.find(name.text);
    if (!member) continue;
    ++given;
    source.kind = name.value;
    if (name.value == SourceKind::client_ip) {
      if (read_boolean(*member) == false) member->error("clientIp can only be true");
    } else if (auto text = read_text(*member)) {
      source.text = *std::move(text);
      check_source_text(*member, source, part);
    }
  }
  reader.finish();
  if (reader.is_object() && given != 1) {
    value.error(
        given == 0 ? "this source names no place to look" : "a source looks in one place only",
        "one of: cookie, query, header, path, clientIp, constant");
  }
  if (given == 1) out.push_back(std::move(source));
}

void read_sources(ObjectReader& reader, std::string_view key, Part part,
                  std::vector<IdentitySourceConfig>& out) {
  const auto value = reader.find(key);
  if (!value) return;
  out.clear();
  for (const Value& element : read_list(*value)) read_source(element, part, out);
}

void read_header_name(ObjectReader& reader, std::string_view key, std::string& out) {
  const auto value = reader.find(key);
  if (!value) return;
  const auto text = read_text(*value);
  if (!text) return;
  const std::string fault = fault_of_own_header(*text);
  if (fault.empty()) {
    out = *text;
  } else {
    value->error(show(*value->json) + ' ' + fault);
  }
}

/// Names that many servers take for the same: letter case apart, and "_" for "-".
bool same_header(std::string a, std::string b) {
  std::replace(a.begin(), a.end(), '_', '-');
  std::replace(b.begin(), b.end(), '_', '-');
  return iequals(a, b);
}

}  // namespace

void read_identity(const Value& value, IdentityConfig& out) {
  ObjectReader reader{value};
  read_sources(reader, "uid", Part::uid, out.uid);
  read_sources(reader, "product", Part::product, out.product);
  reader.enumeration("missingUid", out.missing_uid, "rule for a missing uid", kMissingUidNames);
  reader.integer("missingUidStatus", out.missing_uid_status, {400, 599});
  reader.text("missingUidBody", out.missing_uid_body);
  reader.enumeration("unknownProduct", out.unknown_product, "rule for an unknown product",
                     kUnknownProductNames);
  read_header_name(reader, "uidHeader", out.uid_header);
  read_header_name(reader, "productHeader", out.product_header);
  reader.boolean("appendUidToQuery", out.append_uid_to_query);
  reader.boolean("agentInfoCookie", out.agent_info_cookie);
  reader.finish();

  if (same_header(out.uid_header, out.product_header)) {
    value.error("uidHeader and productHeader are the same header");
  }
  const bool list_is_empty = value.json->is_object() && value.json->contains("uid") &&
                             (*value.json)["uid"].is_array() && (*value.json)["uid"].empty();
  if (list_is_empty && out.missing_uid == IdentityConfig::MissingUid::reject) {
    value.error("no source of a uid: every request would be refused",
                "name one, or set missingUid to \"clientIp\"");
  }
}

}  // namespace pushgate::config
