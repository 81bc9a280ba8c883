// The key "identity" of pushgate.json.

#include <algorithm>
#include <array>

#include "pushgate/base/text.hpp"

#include "config/daemon_reader.hpp"
#include "config/header_names.hpp"
#include "config/source_reader.hpp"

namespace pushgate::config {

namespace {

void read_sources(ObjectReader& reader, std::string_view key, IdentityPart part,
                  std::vector<IdentitySourceConfig>& out) {
  const auto value = reader.find(key);
  if (!value) return;
  out.clear();
  for (const Value& element : read_list(*value)) read_source(element.as("/source"), part, out);
}

void read_deny(const Value& value, RequestRuleConfig& out) {
  ObjectReader reader{value};
  reader.integer("status", out.status, {400, 599});
  reader.text("body", out.body);
  reader.finish();
}

void read_redirect(const Value& value, RequestRuleConfig& out) {
  constexpr std::array<unsigned, 5> kRedirects{301, 302, 303, 307, 308};
  ObjectReader reader{value};
  out.action = RequestRuleConfig::Action::redirect;
  out.status = 302;
  reader.integer("status", out.status, {301, 308});
  if (std::find(kRedirects.begin(), kRedirects.end(), out.status) == kRedirects.end()) {
    value.error("a redirect has status 301, 302, 303, 307 or 308");
  }
  read_template(reader, "to", out.to);
  reader.finish();
  if (reader.is_object() && out.to.empty()) {
    value.error("it is not said where to", R"(e.g. "to": "https://new.example.com{uri}")");
  }
}

void read_rules(const Value& value, std::vector<RequestRuleConfig>& out) {
  for (const Value& element : read_list(value)) {
    ObjectReader reader{element};
    RequestRuleConfig rule;
    const auto deny = reader.find("deny");
    const auto redirect = reader.find("redirect");
    if (deny) read_deny(*deny, rule);
    if (redirect) read_redirect(*redirect, rule);
    if (const auto when = reader.find("when")) read_condition(when->as("/condition"), rule.when);
    reader.finish();
    if (reader.is_object() && deny.has_value() == redirect.has_value()) {
      element.error("a rule either denies or redirects", R"(e.g. {"deny": {"status": 403}})");
    }
    out.push_back(std::move(rule));
  }
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

/// Fields of the agent's own are written by nobody else.
void check_passed_fields(const Value& value, const IdentityConfig& identity) {
  for (const auto* sources : {&identity.uid, &identity.product}) {
    for (const IdentitySourceConfig& source : *sources) {
      const auto* const http = std::get_if<HttpSourceConfig>(&source.detail);
      if (http == nullptr) continue;
      for (const std::string& name : http->pass) {
        if (!same_header(name, identity.uid_header) && !same_header(name, identity.product_header))
          continue;
        value.error("a service may not give the node the field " + show(Json(name)),
                    "it is uidHeader or productHeader");
      }
    }
  }
}

}  // namespace

void read_identity(const Value& value, IdentityConfig& out) {
  ObjectReader reader{value};
  reader.section("rules", read_rules, out.rules);
  read_sources(reader, "uid", IdentityPart::uid, out.uid);
  read_sources(reader, "product", IdentityPart::product, out.product);
  reader.enumeration("missingUid", out.missing_uid, "rule for a missing uid", kMissingUidNames);
  reader.integer("missingUidStatus", out.missing_uid_status, {400, 599});
  reader.text("missingUidBody", out.missing_uid_body);
  reader.enumeration("unknownProduct", out.unknown_product, "rule for an unknown product",
                     kUnknownProductNames);
  read_header_name(reader, "uidHeader", out.uid_header);
  read_header_name(reader, "productHeader", out.product_header);
  reader.boolean("appendUidToQuery", out.append_uid_to_query);
  reader.boolean("agentInfoCookie", out.agent_info_cookie);
  reader.section("protectedHeaders", read_own_headers, out.protected_headers);
  if (const auto redis = reader.find("redis")) read_redis(redis->as("/redisAdapter"), out.redis);
  reader.finish();

  if (same_header(out.uid_header, out.product_header)) {
    value.error("uidHeader and productHeader are the same header");
  }
  check_passed_fields(value, out);
}

}  // namespace pushgate::config
