#include "pushgate/agent/agent.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>

#include <sys/resource.h>

#include "pushgate/agent/request_policy.hpp"
#include "pushgate/agent/routing/policy_cache.hpp"
#include "pushgate/config/dump.hpp"
#include "pushgate/net/listener.hpp"
#include "pushgate/runtime/heartbeats.hpp"

#include "agent/restart_keys.hpp"
#include "agent/session/agent_thread.hpp"
#include "agent/status_page.hpp"

namespace pushgate::agent {

using config::Config;
using config::ListenerConfig;

namespace {

constexpr std::uint64_t kDescriptorsPerConnection = 2;
constexpr std::uint64_t kDescriptorsSetAside = 64;  // listeners, logs, admin pages, route files
// Epoll, timers, pooled pipes; and clients that are being turned away.
constexpr std::uint64_t kDescriptorsPerThread = 140 + AgentThread::kMostTurnedAway;

// A fresh connection goes to another thread only if that one has clearly less to do: handing over
// costs a wake-up, and small differences mean nothing.
constexpr std::uint64_t kLoadMargin = 16;

/// Raises the soft limit to the hard one and returns it.
std::uint64_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return limit.rlim_max;
  return limit.rlim_cur;
}

}  // namespace

std::uint64_t max_connections_for(std::uint64_t descriptor_limit, std::size_t threads) noexcept {
  const std::uint64_t aside = kDescriptorsSetAside + kDescriptorsPerThread * threads;
  return descriptor_limit > aside ? (descriptor_limit - aside) / kDescriptorsPerConnection : 0;
}

struct Agent::Impl {
  Impl(Config config, runtime::Log& log_to, runtime::AccessLog* access);

  std::vector<config::Diagnostic> prepare(Config& config);

  std::string open_listeners();
  std::string check_limits();
  void start_listeners(std::size_t thread);
  void accept(std::size_t thread, AgentThread::Accepted accepted);
  std::size_t least_loaded(std::size_t accepting) const noexcept;
  std::uint64_t connections() const noexcept;
  void on_every_thread(const std::function<void(AgentThread&)>& work);

  runtime::Log& log;
  HealthBoard board;
  PolicyCache policies;
  runtime::IoThreads threads;
  SourceBoards sources;
  std::shared_ptr<const RequestPolicy> prepared;  // for the next snapshot
  std::string start_problem;
  RequestCountBoard counts;
  ClientLimiter clients;
  std::uint64_t epoch = 1;
  std::uint64_t max_connections = 0;
  std::shared_ptr<const AgentSnapshot> current;  // the control thread's own reference
  runtime::PerThread<AgentMetrics> metrics;
  std::vector<std::unique_ptr<AgentThread>> agents;                    // one per io thread
  std::vector<std::vector<std::unique_ptr<net::Listener>>> listeners;  // [thread][listener]
  std::vector<Endpoint> bound;
  std::deque<std::string> listener_names;  // a deque: views of them stay valid
  runtime::Heartbeats heartbeats;
};

Agent::Impl::Impl(Config config, runtime::Log& log_to, runtime::AccessLog* access)
    : log(log_to),
      threads(config.daemon.agent_workers,
              [this](std::string_view what) {
                log.error("exception escaped a session", {{"what", what}});
              }),
      sources(threads.size()),
      counts(threads.size()),
      metrics(threads.size()),
      heartbeats(threads.size(), [this](std::size_t thread, std::function<void()> work) {
        threads[thread].post(std::move(work));
      }) {
  start_problem = config::report(prepare(config));
  current = std::make_shared<const AgentSnapshot>(std::move(config), std::exchange(prepared, {}),
                                                  Pool::Shared{board, policies, &counts}, epoch);
  for (std::size_t i = 0; i < threads.size(); ++i) {
    agents.push_back(std::make_unique<AgentThread>(
        AgentThreadContext{threads[i], metrics.at(i), clients, board, log, access, current}));
  }
  listeners.resize(threads.size());
}

std::vector<config::Diagnostic> Agent::Impl::prepare(Config& config) {
  PreparedPolicy made = prepare_policy(config, sources);
  prepared = std::move(made.policy);
  return std::move(made.diagnostics);
}

// ---- start
// ---------------------------------------------------------------------------------------

std::string Agent::Impl::check_limits() {
  const std::uint64_t descriptors = raise_descriptor_limit();
  const std::uint64_t possible = max_connections_for(descriptors, threads.size());
  const std::uint64_t wanted = current->config.daemon.limits.max_connections;
  if (wanted > possible) {
    return "limits.maxConnections is " + std::to_string(wanted) + ", but a descriptor limit of " +
           std::to_string(descriptors) + " allows " + std::to_string(possible) +
           " (raise LimitNOFILE= or ulimit -n, or lower maxConnections)";
  }
  max_connections = wanted > 0 ? wanted : possible;
  return {};
}

std::string Agent::Impl::open_listeners() {
  for (const ListenerConfig& listener : current->config.daemon.listeners) {
    Result<std::vector<UniqueFd>> sockets = net::open_listeners(listener.address, threads.size());
    if (!sockets) {
      return net::cannot_listen(listener.address, "agentPort or listeners", sockets.error(),
                                "give each agent a port of its own");
    }
    bound.push_back(net::bound_endpoint(sockets->front().get()));
    listener_names.push_back(bound.back().to_string());
    const config::ProxyProtocolMode mode = listener.proxy_protocol;
    const std::string_view name = listener_names.back();
    // A unix socket cannot be shared by several sockets; the first thread accepts for all.
    for (std::size_t thread = 0; thread < sockets->size(); ++thread) {
      listeners[thread].push_back(std::make_unique<net::Listener>(
          threads[thread].reactor(), std::move((*sockets)[thread]),
          net::Listener::Events{
              [this, thread, mode, name](UniqueFd fd, const Endpoint& peer) {
                accept(thread, {std::move(fd), peer, name, mode});
              },
              [this, thread](ErrorCode error) {
                AgentThread& agent = *agents[thread];
                agent.metrics.accept_errors.add();
                agent.rare_log.warn("accept failed", error.message(), {{"error", error.message()}});
              }}));
    }
  }
  return {};
}

void Agent::Impl::start_listeners(std::size_t thread) {
  for (const std::unique_ptr<net::Listener>& listener : listeners[thread]) {
    if (const ErrorCode error = listener->start()) {
      log.error("cannot watch a listener", {{"error", error.message()}});
    }
  }
}

// ---- accepting
// -----------------------------------------------------------------------------------

std::uint64_t Agent::Impl::connections() const noexcept {
  std::uint64_t sum = 0;
  for (const std::unique_ptr<AgentThread>& agent : agents) sum += agent->load();
  return sum;
}

std::size_t Agent::Impl::least_loaded(std::size_t accepting) const noexcept {
  std::size_t best = accepting;
  const std::uint64_t own = agents[accepting]->load();
  std::uint64_t least = own;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    const std::uint64_t load = agents[i]->load();
    if (load < least) {
      least = load;
      best = i;
    }
  }
  return own > least + kLoadMargin + least / 8 ? best : accepting;
}

void Agent::Impl::accept(std::size_t thread, AgentThread::Accepted accepted) {
  AgentThread& here = *agents[thread];
  if (connections() >= max_connections) {
    here.metrics.connections_refused.add();
    here.rare_log.warn("connection limit reached", "maxConnections",
                       {{"maxConnections", max_connections}});
    here.turn_away(std::move(accepted));
    return;
  }
  const std::size_t target = agents.size() > 1 ? least_loaded(thread) : thread;
  if (target == thread) {
    here.serve(std::move(accepted));
    return;
  }
  here.metrics.connections_handed_over.add();
  AgentThread& there = *agents[target];
  threads[target].post(
      [&there, moved = std::move(accepted)]() mutable { there.serve(std::move(moved)); });
}

void Agent::Impl::on_every_thread(const std::function<void(AgentThread&)>& work) {
  for (std::size_t i = 0; i < agents.size(); ++i) {
    threads[i].post([work, &agent = *agents[i]] { work(agent); });
  }
}

// ---- the public face
// -----------------------------------------------------------------------------

Agent::Agent(Config config, runtime::Log& log, runtime::AccessLog* access_log)
    : impl_(std::make_unique<Impl>(std::move(config), log, access_log)) {}

Agent::~Agent() {
  // work_left() does not count clients that are being turned away: nobody waits for them.
  cut_sessions();
  impl_->threads.stop();
}

std::string Agent::start() {
  if (!impl_->start_problem.empty()) return impl_->start_problem;
  if (std::string problem = impl_->check_limits(); !problem.empty()) return problem;
  if (std::string problem = impl_->open_listeners(); !problem.empty()) return problem;
  for (std::size_t i = 0; i < impl_->threads.size(); ++i) {
    impl_->threads[i].post([impl = impl_.get(), i] { impl->start_listeners(i); });
  }
  impl_->threads.start();
  return {};
}

const std::vector<Endpoint>& Agent::listening() const noexcept { return impl_->bound; }

std::vector<config::Diagnostic> Agent::prepare(Config& config) { return impl_->prepare(config); }

std::vector<std::string> Agent::publish(Config config) {
  std::vector<std::string> restart_keys =
      keys_that_need_restart(impl_->current->config.daemon, config.daemon);
  impl_->current = std::make_shared<const AgentSnapshot>(
      std::move(config), std::exchange(impl_->prepared, {}),
      Pool::Shared{impl_->board, impl_->policies, &impl_->counts}, ++impl_->epoch);
  impl_->on_every_thread([next = impl_->current](AgentThread& agent) { agent.use_snapshot(next); });
  return restart_keys;
}

std::shared_ptr<const AgentSnapshot> Agent::snapshot() const noexcept { return impl_->current; }

void Agent::close_listeners() {
  for (std::size_t i = 0; i < impl_->threads.size(); ++i) {
    impl_->threads[i].post([impl = impl_.get(), i] {
      for (const std::unique_ptr<net::Listener>& listener : impl->listeners[i]) listener->finish();
    });
  }
}

void Agent::finish_sessions() {
  impl_->on_every_thread([](AgentThread& agent) { agent.begin_drain(); });
}

void Agent::cut_sessions() {
  impl_->on_every_thread([](AgentThread& agent) { agent.cut(); });
}

std::uint64_t Agent::work_left() const noexcept { return impl_->connections(); }
std::uint64_t Agent::max_connections() const noexcept { return impl_->max_connections; }
std::size_t Agent::threads() const noexcept { return impl_->threads.size(); }
bool Agent::threads_alive() { return impl_->heartbeats.check(); }

void Agent::collect_metrics(std::vector<runtime::MetricFamily>& out) const {
  runtime::collect(kAgentCounters, impl_->metrics, out);
  runtime::collect(kAgentGauges, impl_->metrics, out);
  runtime::collect(kAgentHistograms, impl_->metrics, out);
  collect_node_metrics(*impl_->current, out);
}

std::string Agent::status_json(const std::string& state) const {
  return render_status({state, *impl_->current, impl_->metrics, impl_->bound,
                        impl_->max_connections, impl_->threads.size()});
}

}  // namespace pushgate::agent
