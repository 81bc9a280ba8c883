// Sources that ask others or check signatures: "jwt", "http", "redis", "native".

#include <algorithm>

#include "config/daemon_reader.hpp"
#include "config/header_names.hpp"
#include "config/names.hpp"
#include "config/source_reader.hpp"
#include "config/values.hpp"

namespace pushgate::config {

namespace {

constexpr IntegerRange kCacheEntries{0, 10'000'000};
constexpr DurationRange kFromZero{milliseconds{0}};
constexpr DurationRange kTimeouts{milliseconds{1}, std::chrono::minutes{5}};

void read_name_of(const Value& value, std::string& out) {
  auto text = read_text(value);
  if (!text) return;
  if (!is_token(*text)) value.error(show(*value.json) + " is not a name");
  out = *std::move(text);
}

void read_names(ObjectReader& reader, std::string_view key, std::vector<std::string>& out) {
  const auto value = reader.find(key);
  if (!value) return;
  out.clear();
  for (const Value& element : read_list(*value)) read_name_of(element, out.emplace_back());
}

/// A list of texts that are not empty.
void read_texts(ObjectReader& reader, std::string_view key, std::vector<std::string>& out) {
  const auto value = reader.find(key);
  if (!value) return;
  for (const Value& element : read_list(*value)) {
    auto text = read_text(element);
    if (text && text->empty()) element.error("an empty text says nothing");
    if (text) out.push_back(*std::move(text));
  }
}

void read_one_of(ObjectReader& reader, std::string_view key, std::string_view noun,
                 std::span<const std::string_view> names, std::string& out) {
  const auto value = reader.find(key);
  if (!value) return;
  if (const auto index = read_name(*value, noun, names)) out = names[*index];
}

void read_token_place(const Value& value, TokenSourceConfig& out) {
  ObjectReader reader{value};
  std::size_t given = 0;
  for (const auto& place : kTokenPlaceNames) {
    const auto member = reader.find(place.text);
    if (!member) continue;
    ++given;
    out.from = place.value;
    read_name_of(*member, out.name);
  }
  reader.finish();
  if (reader.is_object() && given != 1) {
    value.error("a token is in one place", "one of: header, cookie, query");
  }
}

bool is_url(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

/// What follows from the kind of the key and its algorithm together.
void check_key(const Value& value, const TokenKeyConfig& key, bool has_refresh) {
  const bool is_secret = key.kind == TokenKeyKind::secret || key.kind == TokenKeyKind::secret_file;
  const bool is_set = key.kind == TokenKeyKind::jwks_file || key.kind == TokenKeyKind::jwks_url;
  const bool hs = key.algorithm.starts_with("HS");
  if (key.algorithm.empty() && !is_set) {
    value.error("the algorithm of the key is missing",
                is_secret ? R"(e.g. "alg": "HS256")" : R"(e.g. "alg": "RS256")");
  } else if (!key.algorithm.empty() && !is_set && is_secret != hs) {
    value.error(is_secret ? "a secret is for HS256, HS384 and HS512 only"
                          : "a public key is not for HS256, HS384 and HS512",
                "whoever has the public key could sign");
  }
  if (is_set && !key.key_id.empty()) value.error("the keys of a set have ids of their own");
  if (has_refresh && key.kind != TokenKeyKind::jwks_url) {
    value.error("only a set with a URL is refreshed");
  }
}

void read_token_key(const Value& value, std::vector<TokenKeyConfig>& out) {
  ObjectReader reader{value};
  TokenKeyConfig key;
  std::size_t given = 0;
  for (const auto& name : kTokenKeyNames) {
    if (name.value == TokenKeyKind::jwks_url) continue;  // spelled like the one before
    const auto member = reader.find(name.text);
    if (!member) continue;
    ++given;
    key.kind = name.value;
    key.text = read_text(*member).value_or("");
    if (key.text.empty()) {
      member->error("nothing is given");
    } else if (key.kind == TokenKeyKind::jwks_file && is_url(key.text)) {
      key.kind = TokenKeyKind::jwks_url;
      read_url(*member, key.text);
    } else if (key.kind != TokenKeyKind::secret) {
      key.text = absolute_name(*member, key.text);
    }
  }
  read_one_of(reader, "alg", "algorithm", kTokenAlgorithms, key.algorithm);
  reader.text("kid", key.key_id);
  const bool has_refresh = value.json->is_object() && value.json->contains("refresh");
  reader.duration("refresh", key.refresh, {std::chrono::seconds{1}, std::chrono::hours{24 * 30}});
  reader.finish();
  if (!reader.is_object()) return;
  if (given == 1) {
    check_key(value, key, has_refresh);
    out.push_back(std::move(key));
  } else {
    value.error("a key is given in one way", "one of: secret, secretFile, pem, jwks");
  }
}

void read_token_keys(const Value& value, std::vector<TokenKeyConfig>& out) {
  for (const Value& element : read_list(value)) read_token_key(element, out);
}

void read_answer_place(const Value& value, AnswerPlace& out) {
  ObjectReader reader{value};
  const auto header = reader.find("header");
  const auto json = reader.find("json");
  if (header) {
    out.kind = AnswerPlace::Kind::header;
    read_name_of(*header, out.name);
  } else if (json) {
    out.kind = AnswerPlace::Kind::json;
    out.name = read_text(*json).value_or("");
    if (out.name.empty()) json->error("the way into the answer is empty", R"(e.g. "user.id")");
  }
  reader.finish();
  if (reader.is_object() && header.has_value() == json.has_value()) {
    value.error("the value is in a header or in the JSON body", R"(e.g. {"header": "x-user-id"})");
  }
}

}  // namespace

void read_own_headers(const Value& value, std::vector<std::string>& out) {
  for (const Value& element : read_list(value)) {
    const auto text = read_text(element);
    if (!text) continue;
    const std::string fault = fault_of_own_header(*text);
    if (!fault.empty()) element.error(show(*element.json) + ' ' + fault);
    out.push_back(*text);
  }
}

void read_token_source(const Value& value, TokenSourceConfig& out) {
  ObjectReader reader{value};
  reader.section("from", read_token_place, out);
  read_nonempty(reader, "claim", out.claim);
  reader.section("keys", read_token_keys, out.keys);
  read_texts(reader, "issuers", out.issuers);
  read_texts(reader, "audiences", out.audiences);
  reader.duration("leeway", out.leeway, {milliseconds{0}, std::chrono::hours{1}});
  reader.boolean("requireExpiry", out.require_expiry);
  reader.integer("cacheEntries", out.cache_entries, kCacheEntries);
  reader.finish();
  const bool unkeyed = !value.json->contains("keys") || (*value.json)["keys"].empty();
  if (reader.is_object() && unkeyed) {
    value.error("no key: every token would be refused",
                R"(e.g. "keys": [{"secret": "${JWT_SECRET}", "alg": "HS256"}])");
  }
}

void read_http_source(const Value& value, HttpSourceConfig& out) {
  ObjectReader reader{value};
  reader.section("url", read_url, out.url);
  read_one_of(reader, "method", "method", kLookupMethods, out.method);
  read_names(reader, "forward", out.forward);
  reader.section("uid", read_answer_place, out.uid);
  reader.section("product", read_answer_place, out.product);
  reader.section("pass", read_own_headers, out.pass);
  reader.duration("timeout", out.timeout, kTimeouts);
  reader.duration("cache", out.cache, kFromZero);
  reader.integer("cacheEntries", out.cache_entries, kCacheEntries);
  reader.enumeration("onError", out.on_error, "rule for errors", kOnSourceErrorNames);
  reader.integer("maxConnections", out.max_connections, {1, 10'000});
  reader.finish();
  if (reader.is_object() && !value.json->contains("url")) {
    value.error("nobody is named who could be asked",
                R"(e.g. "url": "http://127.0.0.1:9000/check")");
  }
}

void read_redis_source(const Value& value, RedisSourceConfig& out) {
  ObjectReader reader{value};
  read_one_of(reader, "command", "command", kLookupCommands, out.command);
  read_template(reader, "key", out.key);
  read_template(reader, "field", out.field);
  reader.text("json", out.json);
  reader.duration("timeout", out.timeout, kTimeouts);
  reader.duration("cache", out.cache, kFromZero);
  reader.integer("cacheEntries", out.cache_entries, kCacheEntries);
  reader.enumeration("onError", out.on_error, "rule for errors", kOnSourceErrorNames);
  reader.finish();
  if (!reader.is_object()) return;
  if (out.key.empty()) value.error("the key is missing", R"(e.g. "key": "session:{cookie.sid}")");
  if ((out.command == "HGET") == out.field.empty() && out.command != "JSON.GET") {
    value.error(out.field.empty() ? "HGET needs a field" : "GET has no field");
  }
}

void read_native_source(const Value& value, NativeSourceConfig& out) {
  ObjectReader reader{value};
  read_file_name(reader, "file", out.file);
  reader.text("options", out.options);
  reader.finish();
  if (reader.is_object() && out.file.empty()) value.error("the file is missing");
}

void read_hooks(const Value& value, HookConfig& out) {
  ObjectReader reader{value};
  read_file_name(reader, "agent", out.agent);
  read_file_name(reader, "onupgrade", out.onupgrade);
  read_file_name(reader, "router", out.router);
  reader.duration("deadline", out.deadline, kTimeouts);
  reader.integer("instructions", out.instructions, {1'000, 1'000'000'000'000});
  reader.size("memory", out.memory, {65'536, 1'073'741'824});
  reader.integer("cacheEntries", out.cache_entries, kCacheEntries);
  reader.enumeration("onError", out.on_error, "rule for errors", kOnHookErrorNames);
  reader.finish();
}

}  // namespace pushgate::config
