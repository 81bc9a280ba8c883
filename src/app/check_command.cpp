#include "app/check_command.hpp"

#include <cstdio>
#include <iostream>
#include <optional>

#include "pushgate/agent/routing/movement.hpp"
#include "pushgate/agent/routing/policy_cache.hpp"
#include "pushgate/agent/routing/route_table.hpp"
#include "pushgate/base/endpoint.hpp"
#include "pushgate/config/dump.hpp"
#include "pushgate/config/load.hpp"

#include "app/admin_client.hpp"
#include "app/command_line.hpp"

namespace pushgate::app {

namespace {

/// The table of a running agent or of a file; nullopt, and words on stderr, if there is none.
std::optional<config::RouterConfig> other_table(const std::string& against,
                                                const config::DaemonConfig& daemon) {
  config::Loaded<config::RouterConfig> loaded;
  if (const std::optional<Endpoint> admin = Endpoint::parse(against)) {
    const Result<std::string> text = fetch_admin_page(*admin, "/api/v1/router");
    if (!text) {
      std::cerr << "pushgate: cannot read the table of the agent at " << against << ": "
                << text.error().message() << "\n";
      return std::nullopt;
    }
    loaded = config::load_router_text(*text, against, daemon);
  } else {
    loaded = config::load_router_config(against, daemon);
  }
  if (!loaded.ok()) std::cerr << config::report(loaded.diagnostics);
  return std::move(loaded.value);
}

}  // namespace

int check_configuration(const std::string& config_file, const std::string& against) {
  const config::Loaded<config::Config> loaded = config::load_all(config_file);
  if (!loaded.ok()) {
    std::cerr << config::report(loaded.diagnostics);
    return kInvalidConfiguration;
  }
  const config::Config& config = *loaded.value;
  std::cout << config_file << ": ok, " << config.router.products.size() << " product"
            << (config.router.products.size() == 1 ? "" : "s") << "\n";
  if (against.empty()) return kOk;

  const std::optional<config::RouterConfig> other = other_table(against, config.daemon);
  if (!other) return kInvalidConfiguration;
  agent::HealthBoard board;
  agent::PolicyCache policies;
  const agent::RouteTable from(*other, config.daemon, {board, policies});
  const agent::RouteTable to(config.router, config.daemon, {board, policies});
  std::cout << agent::to_text(agent::compare(from, to));
  return kOk;
}

int dump_configuration(const std::string& config_file) {
  const config::Loaded<config::Config> loaded = config::load_all(config_file);
  if (!loaded.ok()) {
    std::cerr << config::report(loaded.diagnostics);
    return kInvalidConfiguration;
  }
  std::cout << "// " << config_file << "\n"
            << config::dump_daemon(loaded.value->daemon) << "// "
            << loaded.value->daemon.router_file << "\n"
            << config::dump_router(loaded.value->router, loaded.value->daemon);
  return kOk;
}

}  // namespace pushgate::app
