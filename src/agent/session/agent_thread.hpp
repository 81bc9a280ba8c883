#pragma once
// agent_thread.hpp - what all sessions of one io thread share.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/local_shared_ptr.hpp>

#include "pushgate/agent/session/agent_metrics.hpp"
#include "pushgate/agent/session/agent_snapshot.hpp"
#include "pushgate/agent/session/client_limiter.hpp"
#include "pushgate/agent/upstream/upstream_pool.hpp"
#include "pushgate/net/tunnel_engine.hpp"
#include "pushgate/runtime/access_log.hpp"
#include "pushgate/runtime/io_threads.hpp"
#include "pushgate/runtime/log.hpp"
#include "pushgate/runtime/rate_limit.hpp"

#include "agent/routing/route_resolution.hpp"
#include "agent/session/request_id.hpp"
#include "agent/session/source_services.hpp"

namespace pushgate::agent {

class AgentSession;

/// A pin on a snapshot that never leaves its thread: counted without atomics.
using SnapshotPin = boost::local_shared_ptr<const AgentSnapshot>;

/// What the agent gives to each of its threads. Outlives them.
struct AgentThreadContext {
  runtime::IoThread& io;
  AgentMetrics& metrics;
  ClientLimiter& clients;
  HealthBoard& board;
  runtime::Log& log;
  runtime::AccessLog* access_log;  ///< nullptr: off
  std::shared_ptr<const AgentSnapshot> snapshot;
};

/// Owned by the Agent, used on its io thread only (except where said).
class AgentThread {
 public:
  explicit AgentThread(const AgentThreadContext& context);
  AgentThread(const AgentThread&) = delete;
  AgentThread& operator=(const AgentThread&) = delete;
  ~AgentThread();

  /// Starts a session on a socket that was just accepted, here or on another thread.
  struct Accepted {
    UniqueFd socket;
    Endpoint peer;
    std::string_view listener;  ///< its address, for the access log; lives as long as the agent
    config::ProxyProtocolMode proxy_protocol = config::ProxyProtocolMode::off;
  };
  void serve(Accepted accepted);

  /// So many clients without a place read their refusal at a time; each takes a descriptor for a
  /// second at most, on top of maxConnections. Further ones are told and closed at once.
  static constexpr std::size_t kMostTurnedAway = 32;
  /// Refuses a client for which there is no room.
  void turn_away(Accepted accepted);

  void use_snapshot(std::shared_ptr<const AgentSnapshot> next);
  const SnapshotPin& snapshot() const noexcept { return snapshot_; }

  /// Idle sessions end now, others after the requests that have begun. Tunnels stay.
  void begin_drain();
  bool draining() const noexcept { return draining_; }
  /// Every session and tunnel ends now.
  void cut();
  bool is_cut() const noexcept { return cut_; }

  /// A head to parse into; give it back when the request is over.
  std::unique_ptr<http::RequestHead> borrow_head();
  void give_back(std::unique_ptr<http::RequestHead> head);

  std::size_t index() const noexcept { return io_.index(); }
  runtime::Reactor& reactor() noexcept { return reactor_; }
  TimePoint now() const noexcept { return reactor_.now(); }

  /// What the accept balancer compares: connections and tunnels. Any thread.
  std::uint64_t load() const noexcept;

  AgentMetrics& metrics;
  SourceServices services;
  UnlistedMembers unlisted_members;
  UpstreamPool upstreams;
  net::TunnelEngine tunnels;
  RequestIdSource request_ids;
  runtime::AccessLogBatch access_log;
  runtime::RateLimitedLog rare_log;
  std::string out;       ///< scratch for outgoing heads and encoded bodies, until a suspension
  std::string log_line;  ///< scratch for access log lines
  http::ResponseHead response_head;  ///< scratch: valid until a suspension

 private:
  class Ticker;
  using Sessions =
      boost::intrusive::list<AgentSession, boost::intrusive::constant_time_size<false>>;

  runtime::Task<> run_session(Accepted accepted);
  runtime::Task<> run_refusal(Accepted accepted);
  void turn_away_at_once(const UniqueFd& socket);
  void on_tunnel_closed(const net::TunnelReport& report);

  runtime::IoThread& io_;
  runtime::Reactor& reactor_;
  ClientLimiter& clients_;
  SnapshotPin snapshot_;
  std::unique_ptr<Sessions> sessions_;
  std::vector<std::unique_ptr<http::RequestHead>> spare_heads_;
  std::unique_ptr<Ticker> ticker_;
  std::size_t turned_away_ = 0;
  bool draining_ = false;
  bool cut_ = false;
};

}  // namespace pushgate::agent
