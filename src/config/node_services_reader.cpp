// The ways in and out for other programs: "api", "webhook", "adminUi".

#include <algorithm>

#include "pushgate/config/redact.hpp"

#include "config/addresses.hpp"
#include "config/node_reader.hpp"
#include "config/values.hpp"

namespace pushgate::config {

namespace {

void read_api_address(const Value& value, std::optional<Endpoint>& out) {
  const auto text = read_text(value);
  if (!text) return;
  out.reset();
  if (*text != "off") out = read_endpoint(value, *text, AddressUse::listen_unix);
}

/// A key travels as a bearer token: visible characters only (RFC 9110 section 11.2 has fewer, but
/// nothing here depends on that).
void read_keys(const Value& value, std::vector<std::string>& out) {
  out.clear();
  for (const Value& element : read_list(value)) {
    auto text = read_text(element);
    if (!text) continue;
    const bool visible = std::all_of(text->begin(), text->end(), [](char c) {
      return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
    });
    if (text->empty() || !visible) {
      element.error("a key is one or more visible ASCII characters", "best given as ${NAME}");
    }
    out.push_back(*std::move(text));
  }
}

bool is_local(const Endpoint& endpoint) {
  return endpoint.is_unix() || NodeConfig::loopback().contains(endpoint.address());
}

void read_api(const Value& value, ApiConfig& out) {
  ObjectReader reader{value};
  reader.section("address", read_api_address, out.address);
  reader.section("keys", read_keys, out.keys);
  reader.size("maxBody", out.max_body, {1'024, 1'073'741'824});
  reader.finish();
  if (!out.address || !out.keys.empty() || is_local(*out.address)) return;
  value.error("the API at " + out.address->to_string() + " would do what anybody asks of it",
              "give it keys, or an address on 127.0.0.1");
}

void read_webhook_events(const Value& value, std::vector<WebhookEvent>& out) {
  out = read_enum_list(value, "event", kWebhookEventNames);
  if (value.json->is_array() && value.json->empty()) {
    value.error("no event: nothing would be sent", "name some, or leave webhook out");
  }
}

void read_webhook(const Value& value, std::optional<WebhookConfig>& out) {
  ObjectReader reader{value};
  out.emplace();
  if (const auto url = reader.find("url")) {
    read_url(*url, out->url);
  } else if (reader.is_object()) {
    value.error("the key \"url\" is missing", R"(e.g. "url": "https://example.com/hook")");
  }
  reader.text("secret", out->secret);
  reader.section("events", read_webhook_events, out->events);
  reader.integer("batchSize", out->batch_size, {1, 10'000});
  reader.duration("batchDelay", out->batch_delay, {milliseconds{0}, std::chrono::minutes{10}});
  reader.duration("timeout", out->timeout);
  reader.integer("retries", out->retries, {0, 100});
  reader.size("queueBytes", out->queue_bytes, {1'024, std::uint64_t{1} << 40});
  reader.finish();
}

/// crypt(5): "$2b$", two digits of cost, "$", 53 characters of salt and hash. What a dump has in
/// place of it is let through, so that a dump can be read.
bool is_bcrypt(std::string_view text) {
  if (text == kRedacted) return true;
  const bool prefix =
      text.starts_with("$2a$") || text.starts_with("$2b$") || text.starts_with("$2y$");
  return prefix && text.size() == 60 && text[6] == '$' && text[4] >= '0' && text[4] <= '3' &&
         text[5] >= '0' && text[5] <= '9';
}

void read_password_hash(const Value& value, std::string& out) {
  auto text = read_text(value);
  if (!text) return;
  if (!text->empty() && !is_bcrypt(*text)) {
    value.error("this is no bcrypt hash",
                "60 characters that begin with $2b$, as "
                "`htpasswd -bnBC 10 '' PASSWORD` writes them");
  }
  out = *std::move(text);
}

void read_admin_ui(const Value& value, AdminUiConfig& out) {
  ObjectReader reader{value};
  reader.boolean("enabled", out.enabled);
  reader.text("username", out.username);
  reader.section("password", read_password_hash, out.password);
  reader.boolean("readOnly", out.read_only);
  reader.boolean("development", out.development);
  reader.finish();
  if (out.enabled && (out.username.empty() || out.password.empty())) {
    value.error("the admin UI needs a username and a password",
                "password is a bcrypt hash; anybody could join or disconnect clients without it");
  }
}

}  // namespace

void read_services(ObjectReader& reader, NodeConfig& out) {
  reader.section("api", read_api, out.api);
  reader.section("webhook", read_webhook, out.webhook);
  reader.section("adminUi", read_admin_ui, out.admin_ui);
}

}  // namespace pushgate::config
