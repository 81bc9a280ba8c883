#include "app/agent_part.hpp"

#include <optional>
#include <sstream>
#include <utility>

#include <sys/resource.h>

#include "pushgate/agent/agent.hpp"
#include "pushgate/agent/routing/movement.hpp"
#include "pushgate/runtime/io_threads.hpp"

namespace pushgate::app {

namespace {

/// A report of several lines as the value of one log field.
std::string in_one_line(const std::string& report) {
  std::string line;
  std::istringstream lines(report);
  for (std::string next; std::getline(lines >> std::ws, next);) {
    line += (line.empty() ? "" : "; ") + next;
  }
  return line;
}

/// What the process may have after it has raised its own limit.
std::uint64_t most_descriptors() noexcept {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 1024;
}

class AgentPart final : public DaemonPart {
 public:
  AgentPart(runtime::Log& log, runtime::AccessLog* access_log, Neighbours neighbours)
      : log_(log), access_log_(access_log), neighbours_(neighbours) {}

  ~AgentPart() override {
    agent_.reset();
    if (started_) log_.info("agent stopped");
  }

  std::string start(config::Config& config) override {
    agent_.emplace(limited(config), log_, access_log_);
    std::string problem = agent_->start();
    started_ = problem.empty();
    return problem;
  }

  void log_started() const override {
    for (const Endpoint& endpoint : agent_->listening()) {
      log_.info("listening", {{"address", endpoint.to_string()}});
    }
    log_.info("agent started", {{"threads", agent_->threads()},
                                {"products", agent_->snapshot()->routes.pools().size()},
                                {"maxConnections", agent_->max_connections()}});
  }

  std::vector<config::Diagnostic> prepare(config::Config& config) override {
    return agent_->prepare(config);
  }

  std::vector<std::string> files() const override { return agent_->snapshot()->policy->files; }

  std::vector<std::string> take_over(config::Config& config) override {
    const std::shared_ptr<const agent::AgentSnapshot> before = agent_->snapshot();
    std::vector<std::string> restart_keys = agent_->publish(limited(config));
    const std::shared_ptr<const agent::AgentSnapshot> now = agent_->snapshot();
    const agent::Movement movement = agent::compare(before->routes, now->routes);
    log_.info("configuration loaded", {{"epoch", now->epoch},
                                       {"movement", in_one_line(agent::to_text(movement))},
                                       {"tunnelsKept", "all"}});
    return restart_keys;
  }

  void close_listeners() override { agent_->close_listeners(); }
  void finish_sessions() override { agent_->finish_sessions(); }
  void cut_sessions() override { agent_->cut_sessions(); }
  std::uint64_t work_left() const noexcept override { return agent_->work_left(); }
  bool threads_alive() override { return agent_->threads_alive(); }

  void collect_metrics(std::vector<runtime::MetricFamily>& out) const override {
    agent_->collect_metrics(out);
  }
  std::string status_json(const std::string& state) const override {
    return agent_->status_json(state);
  }

 private:
  /// Where nodes share the descriptors, a limit that the agent would compute is computed here.
  config::Config limited(config::Config config) const {
    std::uint64_t& limit = config.daemon.limits.max_connections;
    if (neighbours_ == Neighbours::none || limit != 0) return config;
    const std::size_t threads =
        config.daemon.agent_workers != 0 ? config.daemon.agent_workers : runtime::usable_cores();
    limit = agent::max_connections_for(most_descriptors(), threads) * 2 / 3;
    return config;
  }

  runtime::Log& log_;
  runtime::AccessLog* access_log_;
  Neighbours neighbours_;
  std::optional<agent::Agent> agent_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<DaemonPart> make_agent_part(runtime::Log& log, runtime::AccessLog* access_log,
                                            Neighbours neighbours) {
  return std::make_unique<AgentPart>(log, access_log, neighbours);
}

}  // namespace pushgate::app
