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

/// nullopt, and all errors on stderr, if it is not in order.
std::optional<config::Config> load_or_report(const ConfigSource& source) {
  config::Loaded<config::Config> loaded = source.load();
  if (!loaded.ok()) std::cerr << config::report(loaded.diagnostics);
  if (loaded.value) add_expected_nodes(*loaded.value);
  return std::move(loaded.value);
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

/// "2 products", "4 push nodes", "1 product, 2 push nodes".
std::string contents(const config::Config& config, config::Role role) {
  std::string text;
  if (role != config::Role::node) text = counted(config.router.products.size(), "product");
  if (role == config::Role::up) text += ", ";
  if (role != config::Role::agent) text += counted(node_count(config.daemon), "push node");
  return text;
}

}  // namespace

int check_configuration(const ConfigSource& source, const std::string& against) {
  const std::optional<config::Config> config = load_or_report(source);
  if (!config) return kInvalidConfiguration;
  std::cout << source.name() << ": ok, " << contents(*config, source.role) << "\n";
  if (against.empty()) return kOk;

  const std::optional<config::RouterConfig> other = other_table(against, config->daemon);
  if (!other) return kInvalidConfiguration;
  agent::HealthBoard board;
  agent::PolicyCache policies;
  const agent::RouteTable from(*other, config->daemon, {board, policies});
  const agent::RouteTable to(config->router, config->daemon, {board, policies});
  std::cout << agent::to_text(agent::compare(from, to));
  return kOk;
}

int dump_configuration(const ConfigSource& source) {
  const std::optional<config::Config> config = load_or_report(source);
  if (!config) return kInvalidConfiguration;
  std::cout << "// " << source.name() << "\n" << config::dump_daemon(config->daemon);
  if (source.role == config::Role::node) return kOk;
  std::cout << "// " << (config->routes_to_own_nodes ? "its own nodes" : config->daemon.router_file)
            << "\n"
            << config::dump_router(config->router, config->daemon);
  return kOk;
}

}  // namespace pushgate::app
