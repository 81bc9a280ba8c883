#include "app/check_command.hpp"

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>

#include "pushgate/agent/request_policy.hpp"
#include "pushgate/agent/request_trial.hpp"
#include "pushgate/agent/routing/movement.hpp"
#include "pushgate/agent/routing/policy_cache.hpp"
#include "pushgate/agent/routing/route_table.hpp"
#include "pushgate/base/endpoint.hpp"
#include "pushgate/config/dump.hpp"
#include "pushgate/config/load.hpp"

#include "app/admin_client.hpp"
#include "app/command_line.hpp"
#include "app/request_samples.hpp"

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

/// The policy of the configuration; nullptr, and all errors on stderr, if there is none.
std::shared_ptr<const agent::RequestPolicy> prepare_or_report(config::Config& config,
                                                              agent::SourceBoards& boards) {
  agent::PreparedPolicy prepared = agent::prepare_policy(config, boards);
  if (!prepared.policy) std::cerr << config::report(prepared.diagnostics);
  return std::move(prepared.policy);
}

/// Runs the sample requests that stand beside the configuration and its scripts.
bool samples_pass(const config::Config& config,
                  const std::shared_ptr<const agent::RequestPolicy>& policy) {
  const Result<std::unique_ptr<runtime::Log>> log =
      runtime::Log::open({.level = runtime::LogLevel::warn});
  if (!log) return false;
  agent::RequestTrial trial(config, policy, **log);
  bool all_passed = true;
  for (const std::string& file : sample_files(config.daemon)) {
    const SampleReport report = run_samples(file, trial);
    for (const std::string& failure : report.failures) std::cerr << failure << "\n";
    if (report.passed + report.failures.size() > 0) {
      std::cout << file << ": " << counted(report.passed, "sample") << " passed, "
                << report.failures.size() << " failed\n";
    }
    all_passed = all_passed && report.failures.empty();
  }
  return all_passed;
}

}  // namespace

int check_configuration(const ConfigSource& source, const std::string& against, Samples samples) {
  std::optional<config::Config> config = load_or_report(source);
  if (!config) return kInvalidConfiguration;
  agent::SourceBoards boards(1);
  std::shared_ptr<const agent::RequestPolicy> policy;
  if (source.role != config::Role::node) {
    policy = prepare_or_report(*config, boards);
    if (!policy) return kInvalidConfiguration;
  }
  std::cout << source.name() << ": ok, " << contents(*config, source.role) << "\n";
  if (policy && samples == Samples::run && !samples_pass(*config, policy)) {
    return kInvalidConfiguration;
  }
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
