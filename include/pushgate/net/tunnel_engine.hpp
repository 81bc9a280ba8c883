#pragma once
// tunnel_engine.hpp - keeps upgraded connections running: two sockets, no coroutine, no buffer.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <boost/intrusive/list.hpp>

#include "pushgate/net/relay.hpp"
#include "pushgate/net/socket.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::net {

enum class TunnelEnd : std::uint8_t {
  client_closed,    ///< both directions ended, the client's first
  upstream_closed,  ///< both directions ended, the node's first
  client_failed,    ///< reset, timed out by TCP, or not writable any more
  upstream_failed,
  idle,     ///< no byte in either direction for the idle time
  stopped,  ///< closed by us: drain deadline or shutdown
};

std::string_view name_of(TunnelEnd end) noexcept;

/// What the engine's owner keeps with a tunnel while it is open: who it belongs to, what its
/// closing log line says. Destroyed after the sockets are closed.
class TunnelRecord {
 public:
  virtual ~TunnelRecord() = default;
};

struct TunnelReport {
  TunnelRecord& record;
  TunnelEnd end;
  std::uint64_t bytes_from_client;
  std::uint64_t bytes_from_upstream;
  std::chrono::milliseconds duration;
};

/// All tunnels of one io thread. Every byte passes untouched. Half-close is passed on: when one
/// side ends its direction, the other side is told so, and the tunnel lives until both have ended.
///
/// An idle tunnel is two descriptors, two channels and one small struct.
class TunnelEngine {
 public:
  /// Called once for each tunnel, while its sockets are still open. May not open or close tunnels.
  using OnClosed = std::function<void(const TunnelReport&)>;

  TunnelEngine(runtime::Reactor& reactor, OnClosed on_closed);
  TunnelEngine(const TunnelEngine&) = delete;
  TunnelEngine& operator=(const TunnelEngine&) = delete;
  ~TunnelEngine();

  /// Bytes that were read from one side before the tunnel was there, to be written to the other
  /// first.
  struct Early {
    std::string_view from_client;
    std::string_view from_upstream;
  };

  /// Takes both sockets over. Both must be attached to this engine's reactor. The tunnel is closed
  /// after `idle_limit` without a byte in either direction.
  void adopt(Socket client, Socket upstream, std::unique_ptr<TunnelRecord> record,
             std::chrono::milliseconds idle_limit, Early early);

  std::size_t open() const noexcept { return open_; }
  /// Closes every tunnel now, with TunnelEnd::stopped.
  void close_all();
  /// Called whenever the last open tunnel has closed.
  void on_empty(std::function<void()> callback) { on_empty_ = std::move(callback); }

 private:
  class Tunnel;
  using List = boost::intrusive::list<Tunnel, boost::intrusive::constant_time_size<false>>;

  void close(Tunnel& tunnel, TunnelEnd end);

  runtime::Reactor& reactor_;
  OnClosed on_closed_;
  std::function<void()> on_empty_;
  std::unique_ptr<List> tunnels_;
  std::size_t open_ = 0;
};

}  // namespace pushgate::net
