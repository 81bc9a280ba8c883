#pragma once
// engine_session.hpp - one client from its handshake to its end, over long-polling, a WebSocket, or
// first the one and then the other.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/store/store.hpp"
#include "pushgate/node/transport/engineio_codec.hpp"
#include "pushgate/node/transport/heartbeat_fsm.hpp"
#include "pushgate/node/transport/packet_assembler.hpp"
#include "pushgate/node/transport/payload_codec.hpp"
#include "pushgate/node/transport/sid.hpp"

#include "node/session/client_socket.hpp"
#include "node/session/upgrade_probe.hpp"
#include "node/session/websocket_recipient.hpp"

namespace pushgate::node {

struct AdminVerdict;
class NodeThread;

/// A GET of a polling client that waits for something to be sent. Lives in the coroutine that
/// serves the request.
class PendingPoll {
 public:
  /// How packets are put into the answer, as the request said.
  struct Format {
    bool base64_only = false;
  };
  explicit PendingPoll(Format wanted) noexcept : format(wanted) {}

  /// The answer is there, or the session has gone: the coroutine goes on.
  virtual void on_answer() = 0;

  const Format format;
  bool answered = false;
  PayloadForm form = PayloadForm::v4_text;
  std::string body{};

 protected:
  ~PendingPoll() = default;
};

/// What became of a request of a polling client.
enum class PollVerdict : std::uint8_t {
  ok,
  refused,  ///< the session is over because of it: 400
};

/// Owned by its thread's table of sessions; destroys itself through it.
class EngineSession final : public WebSocketRecipient,
                            public runtime::Pooled,
                            private runtime::TimerNode {
 public:
  struct Opening {
    SessionId sid;
    EngineVersion version = EngineVersion::v4;
    std::unique_ptr<ClientOrigin> origin;
  };

  EngineSession(NodeThread& thread, Opening opening);
  ~EngineSession() override;

  /// Over long-polling: the first GET gets the handshake.
  void open_polling();

  /// Over a WebSocket from the beginning. `preface` is the answer to the handshake; `early` what
  /// the client has sent behind its request.
  void open_websocket(net::Socket socket, bool compressed, std::string preface,
                      std::string_view early);

  const SessionId& sid() const noexcept { return sid_; }
  EngineVersion version() const noexcept { return version_; }
  const ClientOrigin& origin() const noexcept { return *origin_; }
  bool is_polling() const noexcept { return kind() == WireKind::polling; }
  const std::vector<std::unique_ptr<ClientSocket>>& sockets() const noexcept { return sockets_; }

  // ---- long-polling
  /// The GET is answered as soon as there is something to say, at once if there is. Two at a time
  /// end the session.
  PollVerdict begin_poll(PendingPoll& poll);
  /// The client has given up on it, or the connection is gone.
  void abandon_poll(PendingPoll& poll);
  /// The body of a POST begins to arrive; two at a time end the session.
  PollVerdict begin_post();
  PollVerdict end_post(PayloadForm form, std::string_view body);
  /// The body could not be read, or was too large.
  void abandon_post(CloseReason reason);

  /// Over, but for its client, whose next GET is to be told so: nobody else finds it.
  bool is_closing() const noexcept { return closing_; }

  // ---- upgrade
  bool may_upgrade() const noexcept { return is_polling() && !probe_ && !closing_; }
  void begin_upgrade(net::Socket socket, bool compressed, std::string_view preface,
                     std::string_view early);
  /// The probe has been answered: a waiting GET must return, so that the client stops polling.
  void on_probed();
  /// The client has switched: `link` carries the session from now on.
  void on_upgraded(std::unique_ptr<WebSocketLink> link, bool compressed);
  void on_probe_failed();

  /// The client wanted to go on with a session, and this is what became of it. False if the client
  /// has gone meanwhile.
  bool resume(const std::string& nsp, std::string auth, const Restored& restored);
  /// One of its sockets has come back elsewhere: it goes without a word, and with the last one the
  /// session.
  void give_up(ClientSocket& socket);

  // ---- ends
  /// Disconnects every socket and ends the connection.
  void close(CloseReason reason);
  /// One namespace; with `whole_connection` all of it.
  void disconnect(ClientSocket& socket, bool whole_connection);

 private:
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_websocket_end(LinkEnd end, std::uint16_t close_code) override;
  void on_queue_full() override { close(CloseReason::slow_consumer); }
  void flush() override;
  bool takes_volatile() const noexcept override;
  void on_timer(TimePoint now) override;

  WireKind websocket_kind(bool compressed) const noexcept {
    if (version_ == EngineVersion::v3) {
      return compressed ? WireKind::engine3_deflated : WireKind::engine3;
    }
    return compressed ? WireKind::engine4_deflated : WireKind::engine4;
  }
  void begin();
  void take_engine_packet(const EnginePacket& packet);
  void take_message(std::string_view text);
  void take_attachment(std::string bytes);
  void take_packet(Assembly assembly);
  void act_on(HeartbeatAction action, std::string_view ping_data);

  void connect(const PacketView& packet);
  void finish_connect(std::string_view nsp, std::string auth);
  std::unique_ptr<ClientSocket> make_socket(std::string_view nsp, const SessionId& id,
                                            std::string auth);
  void send_connect_reply(const ClientSocket& socket);
  bool recovers() const noexcept;
  bool begin_recovery(std::string_view nsp, const std::string& auth);
  bool is_restoring(std::string_view nsp) const noexcept;
  /// The admin UI: the password is checked elsewhere, and then it goes on.
  void begin_admin_connect(std::string_view auth);
  void finish_admin_connect(const AdminVerdict& verdict);
  void refuse_connect(std::string_view nsp, std::string_view message);
  void take_event(ClientSocket& socket, const Assembly& assembly);
  ClientSocket* find_socket(std::string_view nsp) const noexcept;
  void say_farewell(const ClientSocket& socket);
  void remove_socket(ClientSocket& socket, CloseReason reason);

  void answer_poll(bool with_close);
  void end_polling(CloseReason reason);
  void send_text(std::string_view text);
  void arm_timer();
  void bury_self();

  NodeThread& thread_;
  SessionId sid_;
  EngineVersion version_;
  bool closing_ = false;  ///< only the next GET is waited for, to be told so
  bool posting_ = false;
  bool probed_ = false;
  HeartbeatFsm heartbeat_;
  std::unique_ptr<ClientOrigin> origin_;
  PacketAssembler assembler_;
  PendingPoll* poll_ = nullptr;
  std::unique_ptr<UpgradeProbe> probe_;
  TimePoint other_deadline_;  ///< to join a namespace; closing: for the last GET
  std::vector<std::unique_ptr<ClientSocket>> sockets_;
  std::vector<std::string> restoring_;  ///< namespaces whose session is looked for
};

}  // namespace pushgate::node
