#include "agent/session/agent_thread.hpp"

#include <chrono>
#include <ctime>
#include <utility>

#include <sys/socket.h>

#include "agent/session/agent_session.hpp"
#include "agent/session/refusals.hpp"
#include "agent/session/request_log.hpp"

namespace pushgate::agent {

namespace {

// How long a line of the access log may wait for company.
constexpr std::chrono::milliseconds kTick{50};
constexpr std::size_t kSpareHeads = 256;

SnapshotPin pin_locally(std::shared_ptr<const AgentSnapshot> snapshot) {
  const AgentSnapshot* const raw = snapshot.get();
  return SnapshotPin{raw, [keep = std::move(snapshot)](const AgentSnapshot*) {}};
}

}  // namespace

/// Flushes the access log and brings the gauges up to date, as long as there is something to do it
/// for.
class AgentThread::Ticker final : private runtime::TimerNode {
 public:
  explicit Ticker(AgentThread& thread) noexcept : thread_(thread) {}
  void start() {
    if (!armed()) thread_.reactor_.arm(*this, thread_.now() + kTick);
  }

 private:
  void on_timer(TimePoint now) override {
    thread_.access_log.flush();
    thread_.metrics.idle_upstreams.set(static_cast<std::int64_t>(thread_.upstreams.idle()));
    // An idle server sleeps: the next connection starts the ticking again.
    if (thread_.load() > 0 || thread_.upstreams.idle() > 0)
      thread_.reactor_.arm(*this, now + kTick);
  }

  AgentThread& thread_;
};

AgentThread::AgentThread(const AgentThreadContext& context)
    : metrics(context.metrics),
      services({context.io.index(), context.io.reactor(), context.metrics, rare_log, context.log}),
      unlisted_members(context.board),
      upstreams(context.io.reactor()),
      tunnels(context.io.reactor(),
              [this](const net::TunnelReport& report) { on_tunnel_closed(report); }),
      access_log(context.access_log),
      rare_log(context.log),
      io_(context.io),
      reactor_(context.io.reactor()),
      clients_(context.clients),
      snapshot_(pin_locally(context.snapshot)),
      sessions_(std::make_unique<Sessions>()),
      ticker_(std::make_unique<Ticker>(*this)) {
  out.reserve(8 * 1024);
  services.use(snapshot_->config.daemon);
}

// Closing a tunnel writes a log line, for which everything here must still be there.
AgentThread::~AgentThread() { tunnels.close_all(); }

std::uint64_t AgentThread::load() const noexcept {
  return static_cast<std::uint64_t>(metrics.open_connections.value() +
                                    metrics.open_tunnels.value());
}

void AgentThread::serve(Accepted accepted) {
  if (cut_) return;  // handed over just before everything was ended: closed with it
  metrics.connections.add();
  ticker_->start();
  io_.tasks().spawn(run_session(std::move(accepted)));
}

runtime::Task<> AgentThread::run_session(Accepted accepted) {
  AgentSession session(*this, clients_, accepted);
  if (!session.attach(std::move(accepted.socket))) {
    metrics.accept_errors.add();
    co_return;
  }
  sessions_->push_back(session);
  metrics.open_connections.add(1);
  co_await session.run();
  metrics.open_connections.add(-1);
}

void AgentThread::turn_away(Accepted accepted) {
  if (cut_) return;
  const LocalRefusal& refusal = refusals::kNoConnections;
  out.clear();
  http::append_local_answer(out, {.status = refusal.status,
                                  .rule = refusal.rule,
                                  .message = refusal.message,
                                  .retry_after_s = refusal.retry_after_s,
                                  .date = std::time(nullptr)});
  if (turned_away_ < kMostTurnedAway) {
    io_.tasks().spawn(run_refusal(std::move(accepted)));
  } else {
    turn_away_at_once(accepted.socket);
  }
}

runtime::Task<> AgentThread::run_refusal(Accepted accepted) {
  AgentSession session(*this, clients_, accepted);
  if (!session.attach(std::move(accepted.socket))) co_return;
  sessions_->push_back(session);  // so that a cut ends it too
  ++turned_away_;
  co_await session.turn_away(out);
  --turned_away_;
}

/// A request that has come already is taken from the socket: closing it unread would be a reset.
void AgentThread::turn_away_at_once(const UniqueFd& socket) {
  static_cast<void>(::send(socket.get(), out.data(), out.size(), MSG_NOSIGNAL));
  ::shutdown(socket.get(), SHUT_WR);
  static_cast<void>(
      ::recv(socket.get(), reactor_.scratch(), runtime::Reactor::kScratchBytes, MSG_DONTWAIT));
}

void AgentThread::use_snapshot(std::shared_ptr<const AgentSnapshot> next) {
  snapshot_ = pin_locally(std::move(next));
  services.use(snapshot_->config.daemon);
  upstreams.forget_unused_nodes();
}

void AgentThread::begin_drain() {
  draining_ = true;
  upstreams.close_all();
  // A session that ends unlinks itself, so step on before waking it.
  for (auto next = sessions_->begin(); next != sessions_->end();) {
    AgentSession& session = *next;
    ++next;
    session.drain();
  }
}

void AgentThread::cut() {
  draining_ = true;
  cut_ = true;
  while (!sessions_->empty()) {
    AgentSession& session = sessions_->front();
    sessions_->pop_front();
    session.cut();
  }
  tunnels.close_all();
  access_log.flush();
}

std::unique_ptr<http::RequestHead> AgentThread::borrow_head() {
  if (spare_heads_.empty()) return std::make_unique<http::RequestHead>();
  std::unique_ptr<http::RequestHead> head = std::move(spare_heads_.back());
  spare_heads_.pop_back();
  return head;
}

void AgentThread::give_back(std::unique_ptr<http::RequestHead> head) {
  if (spare_heads_.size() < kSpareHeads) spare_heads_.push_back(std::move(head));
}

void AgentThread::on_tunnel_closed(const net::TunnelReport& report) {
  metrics.open_tunnels.add(-1);
  metrics.bytes_from_clients.add(report.bytes_from_client);
  metrics.bytes_from_upstreams.add(report.bytes_from_upstream);
  switch (report.end) {
    case net::TunnelEnd::client_closed:
      metrics.tunnels_closed_by_client.add();
      break;
    case net::TunnelEnd::upstream_closed:
      metrics.tunnels_closed_by_upstream.add();
      break;
    case net::TunnelEnd::client_failed:
    case net::TunnelEnd::upstream_failed:
      metrics.tunnels_failed.add();
      break;
    case net::TunnelEnd::idle:
      metrics.tunnels_idle.add();
      break;
    case net::TunnelEnd::stopped:
      metrics.tunnels_stopped.add();
      break;
  }
  log_tunnel_closed(*this, report);
}

}  // namespace pushgate::agent
