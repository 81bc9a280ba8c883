#include "support/agent_under_test.hpp"

#include <stdexcept>
#include <utility>

#include "pushgate/agent/agent.hpp"
#include "pushgate/config/load.hpp"

#include "support/patience.hpp"
#include "support/temp_folder.hpp"

namespace pushgate::test {

namespace {

template <class T>
T value_of(config::Loaded<T> loaded) {
  if (!loaded.ok()) throw std::runtime_error(config::report(loaded.diagnostics));
  return std::move(*loaded.value);
}

config::Config load(const AgentSetup& setup) {
  std::string text = R"({"admin":"off","agentWorkers":)" + std::to_string(setup.threads) +
                     R"(,"listeners":)" + setup.listeners;
  if (!setup.settings.empty()) text += "," + setup.settings;
  text += "}";
  config::Config config;
  config.daemon = value_of(config::load_daemon_text(text, "pushgate.json"));
  config.router = value_of(config::load_router_text(setup.router, "router.json", config.daemon));
  return config;
}

}  // namespace

struct AgentUnderTest::Impl {
  explicit Impl(AgentSetup given)
      : setup(std::move(given)),
        log(runtime::Log::open({.file = folder.file("agent.log")}).value()),
        access_log(setup.access_log
                       ? runtime::AccessLog::open({.file = folder.file("access.log")}).value()
                       : nullptr),
        agent(load(setup), *log, access_log.get()) {
    if (const std::string problem = agent.start(); !problem.empty()) {
      throw std::runtime_error(problem);
    }
  }

  const TempFolder folder;
  AgentSetup setup;
  std::unique_ptr<runtime::Log> log;
  std::unique_ptr<runtime::AccessLog> access_log;
  agent::Agent agent;
};

AgentUnderTest::AgentUnderTest(AgentSetup setup)
    : impl_(std::make_unique<Impl>(std::move(setup))) {}

AgentUnderTest::~AgentUnderTest() {
  close_listeners();
  cut_sessions();
  work_ends();
}

const Endpoint& AgentUnderTest::endpoint(std::size_t listener) const {
  return impl_->agent.listening().at(listener);
}

RawStream AgentUnderTest::connect(int buffer_bytes) const {
  return RawStream::connect(endpoint(), buffer_bytes);
}

std::vector<std::string> AgentUnderTest::publish(const std::string& router,
                                                 const std::string& settings) {
  AgentSetup next = impl_->setup;
  next.router = router;
  next.settings = settings;
  config::Config config = load(next);
  if (const auto faults = impl_->agent.prepare(config); !faults.empty()) {
    throw std::runtime_error(config::report(faults));
  }
  return impl_->agent.publish(std::move(config));
}

void AgentUnderTest::close_listeners() { impl_->agent.close_listeners(); }
void AgentUnderTest::finish_sessions() { impl_->agent.finish_sessions(); }
void AgentUnderTest::cut_sessions() { impl_->agent.cut_sessions(); }
bool AgentUnderTest::work_ends() {
  return eventually([&] { return impl_->agent.work_left() == 0; });
}

bool AgentUnderTest::log_shows(std::string_view text) const {
  return eventually(
      [&] { return impl_->folder.read("agent.log").find(text) != std::string::npos; });
}

std::uint64_t AgentUnderTest::metric(std::string_view name) const {
  const std::string full = "pushgate_agent_" + std::string{name};
  std::vector<runtime::MetricFamily> families;
  impl_->agent.collect_metrics(families);
  for (const runtime::MetricFamily& family : families) {
    if (family.name == full) return static_cast<std::uint64_t>(family.samples.at(0).value);
  }
  throw std::runtime_error("no such metric: " + full);
}

bool AgentUnderTest::metric_reaches(std::string_view name, std::uint64_t value) const {
  return eventually([&] { return metric(name) == value; });
}

std::optional<std::uint64_t> AgentUnderTest::node_requests(std::string_view node,
                                                           std::string_view choice) const {
  const std::vector<runtime::MetricLabel> labels{
      {"product", "default"}, {"node", std::string{node}}, {"choice", std::string{choice}}};
  std::vector<runtime::MetricFamily> families;
  impl_->agent.collect_metrics(families);
  for (const runtime::MetricFamily& family : families) {
    if (family.name != "pushgate_agent_node_requests_total") continue;
    for (const runtime::MetricSample& sample : family.samples) {
      if (sample.labels == labels) return static_cast<std::uint64_t>(sample.value);
    }
  }
  return std::nullopt;
}

std::string AgentUnderTest::status_json() const { return impl_->agent.status_json("ready"); }

std::string AgentUnderTest::access_log() const { return impl_->folder.read("access.log"); }

bool AgentUnderTest::access_log_shows(std::string_view text) const {
  return eventually([&] { return access_log().find(text) != std::string::npos; });
}

std::string AgentUnderTest::choice(std::string_view uid, std::size_t k) const {
  const auto snapshot = impl_->agent.snapshot();
  const agent::Pool& pool = *snapshot->routes.default_pool();
  std::vector<std::uint32_t> order;
  pool.policy().order(uid, order);
  return pool.members().at(order.at(k)).id;
}

std::string AgentUnderTest::uid_of(std::string_view node_id, unsigned n) const {
  for (unsigned i = 0;; ++i) {
    std::string uid = "user" + std::to_string(i);
    if (choice(uid) == node_id && n-- == 0) return uid;
  }
}

std::string one_node(const Endpoint& node) { return nodes({node}); }

std::string nodes(const std::vector<Endpoint>& list, std::string_view options) {
  std::string text = R"({"default":{"backends":[)";
  char id = 'a';
  for (const Endpoint& node : list) {
    if (id != 'a') text += ',';
    text += R"({"id":")" + std::string(1, id++) + R"(","address":")" + node.to_string() + R"("})";
  }
  text += "]";
  if (!options.empty()) text.append(",").append(options);
  return text + "}}";
}

}  // namespace pushgate::test
