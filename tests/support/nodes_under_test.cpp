#include "support/nodes_under_test.hpp"

#include <stdexcept>
#include <utility>

#include "pushgate/config/load.hpp"
#include "pushgate/node/nodes.hpp"

#include "support/patience.hpp"
#include "support/temp_folder.hpp"

namespace pushgate::test {

namespace {

config::DaemonConfig load(const NodesSetup& setup) {
  std::string text = R"({"admin":"off","serverPortStart":0,"serverWorkers":)" +
                     std::to_string(setup.count) + R"(,"node":{"address":"127.0.0.1","name":")" +
                     setup.name + R"(","threads":)" + std::to_string(setup.threads);
  if (setup.node.find("\"api\"") == std::string::npos) text += R"(,"api":{"address":"off"})";
  if (!setup.node.empty()) text += "," + setup.node;
  text += "}";
  if (!setup.settings.empty()) text += "," + setup.settings;
  text += "}";
  config::Loaded<config::DaemonConfig> loaded = config::load_daemon_text(text, "pushgate.json");
  if (!loaded.ok()) throw std::runtime_error(config::report(loaded.diagnostics));
  return std::move(*loaded.value);
}

}  // namespace

struct NodesUnderTest::Impl {
  explicit Impl(const NodesSetup& setup)
      : log(runtime::Log::open({.file = folder.file("node.log")}).value()),
        nodes(load(setup), *log) {
    if (const std::string problem = nodes.start(); !problem.empty()) {
      throw std::runtime_error(problem);
    }
  }

  const TempFolder folder;
  std::unique_ptr<runtime::Log> log;
  node::Nodes nodes;
};

NodesUnderTest::NodesUnderTest(NodesSetup setup) : impl_(std::make_unique<Impl>(setup)) {}
NodesUnderTest::~NodesUnderTest() = default;

node::Nodes& NodesUnderTest::nodes() const { return impl_->nodes; }

Endpoint NodesUnderTest::endpoint(std::size_t node) const {
  return impl_->nodes.listening().at(node);
}

std::string NodesUnderTest::quoted_name(std::size_t node) const {
  return "\"test:" + std::to_string(endpoint(node).port()) + "\"";
}

RawStream NodesUnderTest::connect(std::size_t node, int buffer_bytes) const {
  return RawStream::connect(endpoint(node), buffer_bytes);
}

std::int64_t NodesUnderTest::metric(std::string_view name) const {
  std::vector<runtime::MetricFamily> families;
  impl_->nodes.collect_metrics(families);
  for (const runtime::MetricFamily& family : families) {
    if (family.name != "pushgate_node_" + std::string{name}) continue;
    double sum = 0;
    for (const runtime::MetricSample& sample : family.samples) sum += sample.value;
    return static_cast<std::int64_t>(sum);
  }
  throw std::runtime_error("no metric " + std::string{name});
}

bool NodesUnderTest::metric_becomes(std::string_view name, std::int64_t value) const {
  return eventually([&] { return metric(name) == value; });
}

}  // namespace pushgate::test
