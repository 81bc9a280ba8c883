#include "app/node_part.hpp"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "pushgate/node/nodes.hpp"

namespace pushgate::app {

namespace {

class NodePart final : public DaemonPart {
 public:
  explicit NodePart(runtime::Log& log) : log_(log) {}

  ~NodePart() override {
    nodes_.reset();
    if (started_) log_.info("nodes stopped");
  }

  std::string start(config::Config& config) override {
    nodes_.emplace(config.daemon, log_);
    std::string problem = nodes_->start();
    started_ = problem.empty();
    if (started_) complete(config);
    return problem;
  }

  void log_started() const override {
    const std::vector<node::NodeStatus> all = nodes_->status();
    for (const node::NodeStatus& node : all) {
      log_.info("node listening", {{"node", node.name}, {"address", node.address.to_string()}});
    }
    if (const std::optional<Endpoint> api = nodes_->api_listening()) {
      log_.info("api listening", {{"address", api->to_string()}});
    }
    log_.info("nodes started", {{"nodes", all.size()}});
  }

  std::vector<config::Diagnostic> prepare(config::Config&) override { return {}; }

  std::vector<std::string> take_over(config::Config& config) override {
    complete(config);
    std::vector<std::string> restart_keys = nodes_->publish(config.daemon);
    log_.info("node configuration loaded", {{"sessionsKept", "all"}});
    return restart_keys;
  }

  void close_listeners() override { nodes_->close_listeners(); }
  void finish_sessions() override { nodes_->finish_sessions(); }
  void cut_sessions() override { nodes_->cut_sessions(); }
  std::uint64_t work_left() const noexcept override { return nodes_->work_left(); }
  bool threads_alive() override { return nodes_->threads_alive(); }

  void collect_metrics(std::vector<runtime::MetricFamily>& out) const override {
    nodes_->collect_metrics(out);
  }

  std::string status_json(const std::string& state) const override {
    nlohmann::ordered_json nodes = nlohmann::ordered_json::array();
    for (const node::NodeStatus& node : nodes_->status()) {
      nodes.push_back({{"name", node.name},
                       {"address", node.address.to_string()},
                       {"sessions", node.sessions},
                       {"sockets", node.sockets},
                       {"rooms", node.rooms}});
    }
    nlohmann::ordered_json page{{"state", state}};
    if (const std::optional<Endpoint> api = nodes_->api_listening()) page["api"] = api->to_string();
    page["nodes"] = std::move(nodes);
    return page.dump();
  }

 private:
  void complete(config::Config& config) const {
    if (!config.routes_to_own_nodes) return;
    // Beside what a script may have added.
    config::RouterConfig own = config::local_router_config(nodes_->listening());
    for (config::ProductConfig& product : own.products) {
      config.router.products.push_back(std::move(product));
    }
  }

  runtime::Log& log_;
  std::optional<node::Nodes> nodes_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<DaemonPart> make_node_part(runtime::Log& log) {
  return std::make_unique<NodePart>(log);
}

}  // namespace pushgate::app
