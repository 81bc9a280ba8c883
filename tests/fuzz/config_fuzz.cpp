// config_fuzz.cpp - any text, read as either file: errors are fine, a crash or a hang is not; and
// what loads must survive its own dump.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pushgate/config/dump.hpp"
#include "pushgate/config/load.hpp"
#include "pushgate/config/redact.hpp"

namespace {

using namespace pushgate::config;

LoadOptions closed_world() {
  LoadOptions options;
  options.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "UNSET") return std::nullopt;
    return name;
  };
  options.resolver = [](const std::string&) -> pushgate::Result<pushgate::IpAddress> {
    return pushgate::IpAddress::v4({192, 0, 2, 1});
  };
  return options;
}

void hide(std::string& secret) { secret = redact(secret); }

void hide_secrets(std::optional<RedisConfig>& redis) {
  if (!redis) return;
  hide(redis->password);
  if (redis->sentinel) hide(redis->sentinel->password);
}

void hide_secrets(std::vector<IdentitySourceConfig>& sources) {
  for (IdentitySourceConfig& source : sources) {
    auto* const token = std::get_if<TokenSourceConfig>(&source.detail);
    if (token == nullptr) continue;
    for (TokenKeyConfig& key : token->keys) {
      if (key.kind == TokenKeyConfig::Kind::secret) hide(key.text);
    }
  }
}

/// Secrets are what a dump leaves out.
void hide_secrets(DaemonConfig& config) {
  hide_secrets(config.redis);
  hide_secrets(config.identity.redis);
  hide_secrets(config.identity.uid);
  hide_secrets(config.identity.product);
  for (std::string& key : config.node.api.keys) hide(key);
  if (config.node.webhook) hide(config.node.webhook->secret);
  hide(config.node.admin_ui.password);
}

void check_daemon_dump(DaemonConfig expected, const LoadOptions& options) {
  const Loaded<DaemonConfig> read = load_daemon_text(dump_daemon(expected), "/x.json", options);
  if (!read.ok()) std::abort();
  hide_secrets(expected);
  expected.router_file = read.value->router_file;  // the dump makes it absolute
  expected.file = read.value->file;
  if (*read.value != expected) std::abort();
}

void check_router_dump(const RouterConfig& expected, const LoadOptions& options) {
  const DaemonConfig daemon;
  const Loaded<RouterConfig> read =
      load_router_text(dump_router(expected, daemon), "/x.json", daemon, options);
  if (!read.ok() || read.value->products.size() != expected.products.size()) std::abort();
  for (std::size_t i = 0; i < expected.products.size(); ++i) {
    const ProductConfig& a = expected.products[i];
    const ProductConfig& b = read.value->products[i];
    if (a.backends != b.backends || a.servers != b.servers || a.retries != b.retries ||
        a.when != b.when) {
      std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const LoadOptions options = closed_world();
  const std::string_view text{reinterpret_cast<const char*>(data), size};

  const Loaded<DaemonConfig> daemon = load_daemon_text(text, "pushgate.json", options);
  if (daemon.ok() != daemon.diagnostics.empty()) std::abort();
  report(daemon.diagnostics);
  if (daemon.ok()) check_daemon_dump(*daemon.value, options);

  const Loaded<RouterConfig> router =
      load_router_text(text, "router.json", DaemonConfig{}, options);
  if (router.ok() != router.diagnostics.empty()) std::abort();
  report(router.diagnostics);
  if (router.ok()) check_router_dump(*router.value, options);
  return 0;
}
