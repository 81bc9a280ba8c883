#include "pushgate/node/nodes.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include <sys/resource.h>

#include "pushgate/net/listener.hpp"
#include "pushgate/node/bus/redis_bus.hpp"
#include "pushgate/node/store/redis_stream_store.hpp"
#include "pushgate/runtime/heartbeats.hpp"

#include "node/admin_ui/admin_gate.hpp"
#include "node/api/api_server.hpp"
#include "node/bus_factory.hpp"
#include "node/log_relay.hpp"
#include "node/node_core.hpp"
#include "node/node_place.hpp"
#include "node/presence/presence_events.hpp"
#include "node/presence/presence_leases.hpp"
#include "node/push_service.hpp"
#include "node/webhook/webhook.hpp"

namespace pushgate::node {

namespace {

constexpr std::uint64_t kDescriptorsSetAside = 64;  // logs, admin pages, the bus
// Epoll and the like; and clients that are being turned away.
constexpr std::uint64_t kDescriptorsPerThread = 16 + NodeThread::kMostTurnedAway;

std::uint64_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return limit.rlim_max;
  return limit.rlim_cur;
}

std::size_t count_of(const config::DaemonConfig& config) {
  return config.server_workers > 0 ? config.server_workers : runtime::usable_cores();
}

template <class Defs, class Metrics>
void collect_values(const Defs& defs, const Metrics& metrics, runtime::MetricType type,
                    std::vector<runtime::MetricFamily>& out) {
  for (const auto& def : defs) {
    const auto value = static_cast<double>((metrics.*def.field).value());
    out.push_back({def.name, def.help, type, {{{}, value, {}}}});
  }
}

}  // namespace

struct Nodes::Impl {
  Impl(const config::DaemonConfig& daemon, runtime::Log& log_to)
      : config(daemon), log(log_to), bus_thread(1, [this](std::string_view what) {
          log.error("exception escaped the bus", {{"what", what}});
        }) {}

  /// What stands in the way, in words; empty if nothing does.
  std::string take_places();
  std::string build();
  /// One sample for each node, under its name.
  template <class Field>
  std::vector<runtime::MetricSample> samples(Field field) const {
    std::vector<runtime::MetricSample> all;
    for (const std::unique_ptr<NodeCore>& node : nodes) {
      double sum = 0;
      node->metrics().for_each([&](const NodeMetrics& metrics) {
        sum += static_cast<double>((metrics.*field).value());
      });
      all.push_back({{{"node", node->name()}}, sum, {}});
    }
    return all;
  }
  std::vector<runtime::MetricSample> recoveries_failed() const;
  Result<std::unique_ptr<Store>> make_store(const std::string& uid);
  std::uint64_t connections_per_node() const;

  config::DaemonConfig config;
  runtime::Log& log;
  // What others call back into: destroyed after them.
  std::unique_ptr<ApiServer> api;
  Webhook webhook{log};
  AdminGate admin_gate;
  redis::RedisMetrics redis_metrics;
  std::unique_ptr<PresenceLeases> leases;  ///< with Redis
  runtime::IoThreads bus_thread;
  bool started = false;           ///< the bus thread
  std::vector<NodePlace> places;  ///< until the nodes have them
  std::unique_ptr<Bus> bus;
  std::unique_ptr<Store> store;
  std::vector<std::unique_ptr<NodeCore>> nodes;
  std::unique_ptr<LogRelay> relay;
  std::unique_ptr<PushService> push;
};

std::vector<runtime::MetricSample> Nodes::Impl::recoveries_failed() const {
  std::vector<runtime::MetricSample> all;
  for (const std::unique_ptr<NodeCore>& node : nodes) {
    for (std::size_t i = 1; i < kStoreMisses; ++i) {
      double sum = 0;
      node->metrics().for_each([&](const NodeMetrics& metrics) {
        sum += static_cast<double>(metrics.recoveries_failed.at(i).value());
      });
      const std::string reason{name_of(static_cast<StoreMiss>(i))};
      all.push_back({{{"node", node->name()}, {"reason", reason}}, sum, {}});
    }
  }
  return all;
}

/// All nodes share the process's descriptors.
std::uint64_t Nodes::Impl::connections_per_node() const {
  const std::uint64_t count = count_of(config);
  const std::uint64_t aside =
      kDescriptorsSetAside + kDescriptorsPerThread * count * config.node.threads;
  const std::uint64_t descriptors = raise_descriptor_limit();
  const std::uint64_t possible = descriptors > aside ? (descriptors - aside) / count : 0;
  const std::uint64_t wanted = config.node.max_connections;
  return wanted > 0 ? std::min(wanted, possible) : possible;
}

Result<std::unique_ptr<Store>> Nodes::Impl::make_store(const std::string& uid) {
  if (!config.redis || config.node.store.kind == config::StoreKind::memory) {
    return make_memory_store(bus_thread[0], config.node.store.bytes);
  }
  RedisStoreSettings settings;
  settings.redis = redis::settings_of(*config.redis);
  settings.prefix = config.redis->key_prefix;
  if (stream_is_log(config)) {
    settings.adapter = AdapterLog{.stream = config.redis->stream_name,
                                  .max_entries = config.redis->stream_max_length,
                                  .uid = uid,
                                  .offsets = config.node.recovery.enabled};
  }
  return make_redis_stream_store({bus_thread[0], log, redis_metrics}, std::move(settings));
}

/// First of all, because a node's name and the tag of its sessions are made of its port.
std::string Nodes::Impl::take_places() {
  for (std::size_t i = 0; i < count_of(config); ++i) {
    const std::size_t port = config.server_port_start == 0 ? 0 : config.server_port_start + i;
    const Endpoint address{config.node.address, static_cast<std::uint16_t>(port)};
    Result<NodePlace> place = take_place(address, config.node.threads);
    if (!place) {
      return net::cannot_listen(address, "serverPortStart", place.error(),
                                "leave a range of serverWorkers ports to each, or say 0");
    }
    places.push_back(std::move(*place));
  }
  return {};
}

std::string Nodes::Impl::build() {
  const std::string prefix = node_name_prefix(config.node);
  const std::string process = node_name(prefix, places.front().bound);
  const std::string uid = make_cluster_uid();
  Result<std::unique_ptr<Bus>> made =
      make_bus(config, {bus_thread[0], log, redis_metrics, process, uid});
  if (!made) return "cannot use redisAdapter: " + made.error().message();
  bus = std::move(*made);
  Result<std::unique_ptr<Store>> kept = make_store(uid);
  if (!kept) return "cannot use redisAdapter as store: " + kept.error().message();
  store = std::move(*kept);
  const auto snapshot = std::make_shared<const NodeSnapshot>(config);
  const std::uint64_t max_connections = connections_per_node();
  std::vector<EventObserverSource*> observers{&webhook};
  if (config.redis) {
    auto leased = make_presence_leases(config, {bus_thread[0], log, redis_metrics, process},
                                       [this]() -> NodeCore& { return *nodes.front(); });
    if (!leased) return "cannot use redisAdapter: " + leased.error().message();
    leases = std::move(*leased);
    observers.push_back(leases.get());
  }
  for (NodePlace& place : places) {
    NodeCore::Setup setup{.name = node_name(prefix, place.bound),
                          .place = std::move(place),
                          .max_connections = max_connections,
                          .is_alone = !config.redis && places.size() == 1,
                          .logs_bus = nodes.empty(),
                          .admin_gate = &admin_gate,
                          .observers = observers};
    nodes.push_back(std::make_unique<NodeCore>(std::move(setup), snapshot, *bus, *store, log));
  }
  relay = std::make_unique<LogRelay>(*bus, nodes);
  store->set_sink(relay.get());
  bus->use_log(store->log_name());
  if (snapshot->keeps_logs() || stream_is_log(config)) store->follow();
  push = std::make_unique<PushService>(bus_thread[0], *nodes.front(), *bus, *store);
  if (config.node.api.address) {
    api = std::make_unique<ApiServer>(*nodes.front(), push.get(), log);
  }
  return {};
}

Nodes::Nodes(const config::DaemonConfig& config, runtime::Log& log)
    : impl_(std::make_unique<Impl>(config, log)) {}

Nodes::~Nodes() {
  if (impl_->api) impl_->api->stop();
  impl_->admin_gate.stop();
  for (const std::unique_ptr<NodeCore>& node : impl_->nodes) node->stop();
  if (impl_->leases != nullptr && impl_->started) {
    std::promise<void> returned;
    impl_->leases->stop([&returned] { returned.set_value(); });
    returned.get_future().wait();
  }
  if (impl_->push != nullptr) {
    std::promise<void> closed;
    impl_->push->close();
    impl_->store->close([this, &closed] { impl_->bus->close([&closed] { closed.set_value(); }); });
    if (!impl_->started) impl_->bus_thread.start();
    closed.get_future().wait();
  }
  impl_->bus_thread.stop();
  impl_->webhook.stop();
}

Push& Nodes::push() noexcept { return *impl_->push; }

std::string Nodes::start() {
  if (std::string problem = impl_->take_places(); !problem.empty()) return problem;
  if (std::string problem = impl_->build(); !problem.empty()) return problem;
  if (impl_->api) {
    // Before anybody is served.
    std::string problem = impl_->api->open(*impl_->config.node.api.address);
    if (!problem.empty()) return problem;
  }
  impl_->webhook.configure(impl_->config.node.webhook);
  impl_->bus_thread.start();
  impl_->started = true;
  if (impl_->leases) impl_->leases->start();
  for (const std::unique_ptr<NodeCore>& node : impl_->nodes) node->start();
  if (impl_->api) impl_->api->start();
  return {};
}

std::vector<Endpoint> Nodes::listening() const {
  std::vector<Endpoint> endpoints;
  for (const std::unique_ptr<NodeCore>& node : impl_->nodes) endpoints.push_back(node->bound());
  return endpoints;
}

std::optional<Endpoint> Nodes::api_listening() const {
  return impl_->api ? std::optional{impl_->api->bound()} : std::nullopt;
}

std::vector<std::string> Nodes::publish(const config::DaemonConfig& config) {
  std::vector<std::string> restart;
  const config::NodeConfig& before = impl_->config.node;
  const config::NodeConfig& after = config.node;
  const auto compare = [&restart](const auto& old, const auto& now, const char* key) {
    if (!(old == now)) restart.emplace_back(key);
  };
  compare(impl_->config.server_port_start, config.server_port_start, "serverPortStart");
  compare(impl_->config.server_workers, config.server_workers, "serverWorkers");
  compare(impl_->config.redis, config.redis, "redisAdapter");
  compare(before.address, after.address, "node.address");
  compare(before.threads, after.threads, "node.threads");
  compare(before.name, after.name, "node.name");
  compare(before.max_connections, after.max_connections, "node.maxConnections");
  compare(before.compression, after.compression, "node.compression");
  compare(before.store, after.store, "node.store");
  compare(before.presence, after.presence, "node.presence");
  compare(before.api.address, after.api.address, "node.api.address");
  impl_->config.node = after;
  impl_->webhook.configure(after.webhook);
  const auto snapshot = std::make_shared<const NodeSnapshot>(config);
  if (snapshot->keeps_logs()) impl_->store->follow();
  for (const std::unique_ptr<NodeCore>& node : impl_->nodes) node->use_snapshot(snapshot);
  return restart;
}

void Nodes::close_listeners() {
  for (const std::unique_ptr<NodeCore>& node : impl_->nodes) node->close_listener();
}

void Nodes::finish_sessions() {
  for (const std::unique_ptr<NodeCore>& node : impl_->nodes) node->finish_sessions();
}

void Nodes::cut_sessions() {
  for (const std::unique_ptr<NodeCore>& node : impl_->nodes) node->cut_sessions();
}

std::uint64_t Nodes::work_left() const noexcept {
  std::uint64_t sum = 0;
  for (const std::unique_ptr<NodeCore>& node : impl_->nodes) sum += node->work_left();
  return sum;
}

bool Nodes::threads_alive() {
  bool alive = true;
  for (const std::unique_ptr<NodeCore>& node : impl_->nodes) {
    alive = node->threads_alive() && alive;
  }
  return alive;
}

void Nodes::collect_metrics(std::vector<runtime::MetricFamily>& out) const {
  for (const auto& def : kNodeCounters) {
    out.push_back({def.name, def.help, runtime::MetricType::counter, impl_->samples(def.field)});
  }
  out.push_back({kRecoveriesFailed, kRecoveriesFailedHelp, runtime::MetricType::counter,
                 impl_->recoveries_failed()});
  if (impl_->push != nullptr) {
    collect_values(kStoreCounters, impl_->store->metrics(), runtime::MetricType::counter, out);
    collect_values(kStoreGauges, impl_->store->metrics(), runtime::MetricType::gauge, out);
    collect_values(kPushCounters, impl_->push->metrics(), runtime::MetricType::counter, out);
    collect_values(kPushGauges, impl_->push->metrics(), runtime::MetricType::gauge, out);
  }
  for (const auto& def : kNodeGauges) {
    out.push_back({def.name, def.help, runtime::MetricType::gauge, impl_->samples(def.field)});
  }
  if (impl_->api) impl_->api->collect_metrics(out);
  impl_->webhook.collect_metrics(out);
  out.push_back({"pushgate_admin_ui_refused_total",
                 "Attempts to log in to the admin UI that failed",
                 runtime::MetricType::counter,
                 {{{}, static_cast<double>(impl_->admin_gate.refused()), {}}}});
  if (impl_->bus == nullptr) return;
  collect_values(kBusCounters, impl_->bus->metrics(), runtime::MetricType::counter, out);
  collect_values(kBusGauges, impl_->bus->metrics(), runtime::MetricType::gauge, out);
  if (!impl_->config.redis) return;
  collect_values(redis::kRedisCounters, impl_->redis_metrics, runtime::MetricType::counter, out);
  collect_values(redis::kRedisGauges, impl_->redis_metrics, runtime::MetricType::gauge, out);
}

std::vector<NodeStatus> Nodes::status() const {
  std::vector<NodeStatus> all;
  for (const std::unique_ptr<NodeCore>& node : impl_->nodes) {
    NodeStatus status{.name = node->name(), .address = node->bound()};
    node->metrics().for_each([&status](const NodeMetrics& metrics) {
      status.sessions += static_cast<std::uint64_t>(metrics.websocket_sessions.value() +
                                                    metrics.polling_sessions.value());
      status.sockets += static_cast<std::uint64_t>(metrics.sockets.value());
      status.rooms += static_cast<std::uint64_t>(metrics.rooms.value());
    });
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace pushgate::node
