#pragma once
// upgrade_probe.hpp - a WebSocket that wants to take over a polling session, until it has.

#include <memory>
#include <string_view>

#include "pushgate/net/lingering.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "node/session/websocket_link.hpp"

namespace pushgate::node {

class EngineSession;

/// The client sends "2probe", is answered "3probe", stops polling and sends "5". Whatever else
/// comes, or nothing in time, ends the probe and leaves the session as it is.
class UpgradeProbe final : public WebSocketLink::Owner, private runtime::TimerNode {
 public:
  UpgradeProbe(EngineSession& session, runtime::Reactor& reactor, net::LingeringSockets& lingering)
      : session_(session), reactor_(reactor), lingering_(lingering) {}
  ~UpgradeProbe() = default;

  /// `preface` is sent first: the answer to the handshake.
  void start(std::unique_ptr<WebSocketLink> link, bool compressed, TimePoint deadline,
             std::string_view preface, std::string_view early);
  /// Closes the connection.
  void drop();

 private:
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_ping(std::string_view payload) override;
  void on_writable() override {}
  void on_link_end(LinkEnd end, std::uint16_t close_code) override;
  void on_timer(TimePoint now) override;
  void fail();
  bool write(std::string_view bytes);

  EngineSession& session_;
  runtime::Reactor& reactor_;
  net::LingeringSockets& lingering_;
  std::unique_ptr<WebSocketLink> link_;
  bool compressed_ = false;
  bool probed_ = false;
};

}  // namespace pushgate::node
