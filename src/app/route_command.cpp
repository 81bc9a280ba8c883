#include "app/route_command.hpp"

#include <iomanip>
#include <iostream>
#include <optional>
#include <sstream>

#include "pushgate/agent/request_trial.hpp"
#include "pushgate/agent/routing/policy_cache.hpp"
#include "pushgate/agent/routing/route_table.hpp"
#include "pushgate/base/text.hpp"
#include "pushgate/config/load.hpp"
#include "pushgate/config/source.hpp"

#include "app/command_line.hpp"
#include "app/request_samples.hpp"

namespace pushgate::app {

namespace {

using agent::TrialOutcome;
using agent::TrialStep;

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  append_json_escaped(result, text);
  return result + '"';
}

/// "1.5 us", "12 ms".
std::string duration_text(std::chrono::nanoseconds took) {
  const double microseconds = static_cast<double>(took.count()) / 1000.0;
  std::ostringstream text;
  text << std::fixed << std::setprecision(1);
  if (microseconds < 1000) {
    text << microseconds << " us";
  } else {
    text << microseconds / 1000 << " ms";
  }
  return text.str();
}

void print_steps(const std::vector<TrialStep>& steps) {
  for (const TrialStep& step : steps) {
    std::cout << "asked     " << step.what << ": " << step.result << "  ("
              << duration_text(step.took) << ")\n";
  }
}

std::string steps_json(const std::vector<TrialStep>& steps) {
  std::string json = "[";
  for (const TrialStep& step : steps) {
    if (json.size() > 1) json += ',';
    json += "{\"what\":" + in_quotes(step.what) + ",\"result\":" + in_quotes(step.result) +
            ",\"tookNs\":" + std::to_string(step.took.count()) + '}';
  }
  return json + ']';
}

void print_json(const TrialOutcome& outcome) {
  std::string json = "{\"uidRule\":" + in_quotes(outcome.uid_source) +
                     ",\"productRule\":" + in_quotes(outcome.product_source) +
                     ",\"steps\":" + steps_json(outcome.steps);
  if (!outcome.pinned.empty()) json += ",\"pinned\":" + in_quotes(outcome.pinned);
  if (outcome.explanation) {
    // The explanation is an object of its own: continue it behind the rules.
    json += ',' + agent::to_json(*outcome.explanation).substr(1);
  } else {
    json +=
        ",\"uid\":" + in_quotes(outcome.uid) + ",\"product\":" + in_quotes(outcome.product) + '}';
  }
  std::cout << json << "\n";
}

void print_text(const TrialOutcome& outcome) {
  if (!outcome.uid_source.empty()) {
    print_steps(outcome.steps);
    std::cout << "uid from  " << outcome.uid_source << "\nproduct   " << outcome.product_source
              << "\n";
  }
  if (!outcome.node_fields.empty()) std::cout << "to node   " << outcome.node_fields;
  if (!outcome.pinned.empty()) std::cout << "pinned to " << outcome.pinned << "\n";
  if (outcome.explanation) std::cout << agent::to_text(*outcome.explanation);
}

/// A request from a file, as the agent would judge it; nullopt, and words on stderr, if there is
/// none.
std::optional<TrialOutcome> try_request(config::Config& config, const RouteQuery& query) {
  const Result<std::string> text = config::read_file(query.request_file);
  if (!text) {
    std::cerr << "pushgate: cannot read " << query.request_file << "\n";
    return std::nullopt;
  }
  const std::optional<IpAddress> peer = IpAddress::parse(query.client);
  if (!peer) {
    std::cerr << "pushgate: --client: \"" << query.client << "\" is not an IP address\n";
    return std::nullopt;
  }
  const Result<std::unique_ptr<runtime::Log>> log =
      runtime::Log::open({.level = runtime::LogLevel::warn});
  if (!log) return std::nullopt;
  agent::SourceBoards boards(1);
  const agent::PreparedPolicy prepared = agent::prepare_policy(config, boards);
  if (!prepared.policy) {
    std::cerr << config::report(prepared.diagnostics);
    return std::nullopt;
  }
  return agent::RequestTrial(config, prepared.policy, **log).run(as_request_head(*text), *peer);
}

/// A user and a product from the command line: no source is asked, and no script.
std::optional<TrialOutcome> try_user(const config::Config& config, const RouteQuery& query) {
  const std::optional<Identity> identity = Identity::make(query.product, query.uid);
  if (!identity) {
    std::cerr << "pushgate: route needs --uid (1 to 256 bytes, no control characters) or "
                 "--request FILE; --product is 1 to 64 of [A-Za-z0-9_.-]\n";
    return std::nullopt;
  }
  agent::HealthBoard board;
  agent::PolicyCache policies;
  const agent::RouteTable routes(config.router, config.daemon, {board, policies});
  const agent::Pool* pool = routes.find(identity->product());
  const bool falls_back =
      config.daemon.identity.unknown_product == config::IdentityConfig::UnknownProduct::use_default;
  if (pool == nullptr && falls_back) pool = routes.default_pool();
  TrialOutcome outcome;
  if (pool == nullptr) {
    outcome.status = 404;
    outcome.rule = "unknown_product";
    outcome.message = "There is no such product.";
  } else {
    outcome.explanation = agent::explain(*pool, identity->uid());
  }
  return outcome;
}

}  // namespace

int explain_route(const std::string& config_file, const RouteQuery& query) {
  config::Loaded<config::Config> loaded = config::load_all(config_file);
  if (!loaded.ok()) {
    std::cerr << config::report(loaded.diagnostics);
    return kInvalidConfiguration;
  }
  const std::optional<TrialOutcome> outcome = query.request_file.empty()
                                                  ? try_user(*loaded.value, query)
                                                  : try_request(*loaded.value, query);
  if (!outcome) return kUsage;
  if (outcome->status != 0) {
    if (!query.json) print_steps(outcome->steps);
    std::cerr << "pushgate: the agent would answer " << outcome->status << ": " << outcome->rule
              << " (" << outcome->message << ")\n";
    return kUsage;
  }
  if (query.json) {
    print_json(*outcome);
  } else {
    print_text(*outcome);
  }
  return kOk;
}

}  // namespace pushgate::app
