#include "config/dump_identity.hpp"

#include "pushgate/base/units.hpp"
#include "pushgate/config/redact.hpp"

#include "config/dump_node.hpp"
#include "config/names.hpp"

namespace pushgate::config {

namespace {

Json dump_key(const TokenKeyConfig& key) {
  Json out = Json::object();
  const std::string name{name_in(kTokenKeyNames, key.kind)};
  out[name] = is_secret_key(name) ? redact(key.text) : key.text;
  if (!key.algorithm.empty()) out["alg"] = key.algorithm;
  if (!key.key_id.empty()) out["kid"] = key.key_id;
  if (key.kind == TokenKeyKind::jwks_url) out["refresh"] = format_duration(key.refresh);
  return out;
}

Json dump(const TokenSourceConfig& config) {
  Json keys = Json::array();
  for (const TokenKeyConfig& key : config.keys) keys.push_back(dump_key(key));
  return {{"from", {{name_in(kTokenPlaceNames, config.from), config.name}}},
          {"claim", config.claim},
          {"keys", std::move(keys)},
          {"issuers", config.issuers},
          {"audiences", config.audiences},
          {"leeway", format_duration(config.leeway)},
          {"requireExpiry", config.require_expiry},
          {"cacheEntries", config.cache_entries}};
}

Json dump(const AnswerPlace& place) {
  return {{place.kind == AnswerPlace::Kind::header ? "header" : "json", place.name}};
}

Json dump(const HttpSourceConfig& config) {
  Json out{{"url", config.url},
           {"method", config.method},
           {"forward", config.forward},
           {"uid", dump(config.uid)}};
  if (config.product.kind != AnswerPlace::Kind::nowhere) out["product"] = dump(config.product);
  out["pass"] = config.pass;
  out["timeout"] = format_duration(config.timeout);
  out["cache"] = format_duration(config.cache);
  out["cacheEntries"] = config.cache_entries;
  out["onError"] = name_in(kOnSourceErrorNames, config.on_error);
  out["maxConnections"] = config.max_connections;
  return out;
}

Json dump(const RedisSourceConfig& config) {
  Json out{{"command", config.command}, {"key", config.key}};
  if (!config.field.empty()) out["field"] = config.field;
  out["json"] = config.json;
  out["timeout"] = format_duration(config.timeout);
  out["cache"] = format_duration(config.cache);
  out["cacheEntries"] = config.cache_entries;
  out["onError"] = name_in(kOnSourceErrorNames, config.on_error);
  return out;
}

Json dump(const NativeSourceConfig& config) {
  return {{"file", config.file}, {"options", config.options}};
}

Json dump(const IdentitySourceConfig& source) {
  const auto of_detail = [&source](const auto& detail) -> Json {
    if constexpr (std::is_same_v<std::decay_t<decltype(detail)>, std::monostate>) {
      return source.kind == SourceKind::client_ip ? Json(true) : Json(source.text);
    } else {
      return dump(detail);
    }
  };
  Json out = Json::object();
  out[std::string{name_in(kSourceNames, source.kind)}] = std::visit(of_detail, source.detail);
  if (source.when) out["when"] = dump_condition(*source.when);
  return out;
}

Json dump(const std::vector<IdentitySourceConfig>& sources) {
  Json list = Json::array();
  for (const IdentitySourceConfig& source : sources) list.push_back(dump(source));
  return list;
}

Json dump(const RequestRuleConfig& rule) {
  Json out;
  if (rule.action == RequestRuleConfig::Action::deny) {
    out["deny"] = {{"status", rule.status}, {"body", rule.body}};
  } else {
    out["redirect"] = {{"status", rule.status}, {"to", rule.to}};
  }
  if (rule.when) out["when"] = dump_condition(*rule.when);
  return out;
}

}  // namespace

Json dump_condition(const ConditionConfig& condition) {
  Json out = Json::object();
  if (!condition.path.empty()) out["path"] = condition.path;
  if (!condition.host.empty()) out["host"] = condition.host;
  if (!condition.method.empty()) out["method"] = condition.method;
  for (const FieldPattern& field : condition.header) out["header"][field.name] = field.pattern;
  if (!condition.client_text.empty()) out["client"] = condition.client_text;
  for (const ConditionConfig& inner : condition.unless) out["not"] = dump_condition(inner);
  return out;
}

Json dump_identity(const IdentityConfig& config) {
  Json rules = Json::array();
  for (const RequestRuleConfig& rule : config.rules) rules.push_back(dump(rule));
  Json out{{"rules", std::move(rules)},
           {"uid", dump(config.uid)},
           {"product", dump(config.product)},
           {"missingUid", name_in(kMissingUidNames, config.missing_uid)},
           {"missingUidStatus", config.missing_uid_status},
           {"missingUidBody", config.missing_uid_body},
           {"unknownProduct", name_in(kUnknownProductNames, config.unknown_product)},
           {"uidHeader", config.uid_header},
           {"productHeader", config.product_header},
           {"appendUidToQuery", config.append_uid_to_query},
           {"agentInfoCookie", config.agent_info_cookie},
           {"protectedHeaders", config.protected_headers}};
  if (config.redis) out["redis"] = dump_redis(*config.redis);
  return out;
}

Json dump_hooks(const HookConfig& config) {
  return {{"agent", config.agent},
          {"onupgrade", config.onupgrade},
          {"router", config.router},
          {"deadline", format_duration(config.deadline)},
          {"instructions", config.instructions},
          {"memory", format_size(config.memory)},
          {"cacheEntries", config.cache_entries},
          {"onError", name_in(kOnHookErrorNames, config.on_error)}};
}

}  // namespace pushgate::config
