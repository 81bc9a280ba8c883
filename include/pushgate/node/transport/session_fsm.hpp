#pragma once
// session_fsm.hpp - which transport does a session use, and what do its requests get? Sans-I/O:
// time is an argument.

#include <chrono>
#include <cstdint>
#include <optional>

#include "pushgate/base/clock.hpp"
#include "pushgate/node/transport/close_reason.hpp"
#include "pushgate/node/transport/engineio_codec.hpp"

namespace pushgate::node {

/// The same for all sessions of a node.
struct SessionTiming {
  std::chrono::milliseconds upgrade_timeout{10'000};  ///< from the WebSocket's handshake to "5"
  std::chrono::milliseconds close_timeout{30'000};    ///< how long a close waits for a GET
};

/// What the GET that waits for packets gets now; it no longer waits then.
enum class PollAnswer : std::uint8_t {
  none,    ///< it waits on, or there is none
  queued,  ///< everything that is queued (there is something)
  noop,    ///< "6", alone
  close,   ///< everything that is queued, if there is anything, and "1"
};

/// What the request that has just come gets. A GET that is accepted gets `poll`, now or later.
enum class RequestAnswer : std::uint8_t {
  none,             ///< the event was no request
  accept,           ///< a POST: handle its packets, answer "ok"
  discard,          ///< a POST to a session that is closing: answer "ok" and forget it
  overlap,          ///< 400: one of its kind is not yet answered
  wrong_transport,  ///< EngineError::bad_request: the session is on WebSocket
  unknown_session,  ///< EngineError::unknown_sid: the session is over
};

/// What happens to the WebSocket: the one that wants to take over, or the one that has.
enum class WebSocketAction : std::uint8_t {
  none,
  open,        ///< answer its handshake (101) and wait for its probe; send nothing else
  turn_away,   ///< answer its handshake, then close it; nothing else changes. Clients that try that
               ///< are used to being closed, and do not expect to be refused
  send_probe,  ///< send "3probe"
  take_over,   ///< it is the transport now: what is queued, and all that follows, goes here
  close,       ///< close it, after what was queued if it was the transport
};

/// What an event leads to. Carry it all out, the poll first.
struct SessionStep {
  PollAnswer poll = PollAnswer::none;
  RequestAnswer request = RequestAnswer::none;
  WebSocketAction websocket = WebSocketAction::none;
  std::optional<CloseReason> ended{};  ///< the session is over, for this reason

  friend bool operator==(const SessionStep&, const SessionStep&) = default;
};

/// The transports of one session: polling, the upgrade from it to WebSocket, WebSocket, and the
/// orderly end. It knows whether a GET waits and whether a POST is being read; the queue, the
/// requests and the sockets are the caller's.
///
///   polling ── on_websocket ──> probing ── "2probe" ──> upgrading ── "5" ──> websocket
///
/// Until "5" the session is on polling and sends there; if the WebSocket closes or the time passes,
/// it stays there. close() on polling without a GET leads to `closing`, until the next GET can be
/// told or the time passes.
///
/// After every call the timer belongs at deadline(), if there is one. A call that makes no sense in
/// a state does nothing.
class SessionFsm {
 public:
  enum class State : std::uint8_t { polling, probing, upgrading, websocket, closing, ended };

  /// A session that has begun (its handshake was answered) on polling or on WebSocket.
  explicit SessionFsm(State start) noexcept : state_(start) {}

  State state() const noexcept { return state_; }
  bool on_polling() const noexcept { return state_ <= State::upgrading; }
  /// Can a packet leave at once? What is volatile goes now or never.
  bool has_waiting_get() const noexcept { return get_waits_; }
  std::optional<TimePoint> deadline() const noexcept;

  SessionStep on_get(bool has_queued) noexcept;
  /// The client closed the connection of the GET that waits.
  SessionStep on_get_aborted() noexcept;
  SessionStep on_post() noexcept;
  /// The POST was read to its end, or its connection is gone.
  void on_post_done() noexcept { post_runs_ = false; }
  /// Something was put into the queue.
  SessionStep on_queued() noexcept;

  /// A WebSocket handshake that names this session.
  SessionStep on_websocket(TimePoint now, const SessionTiming& timing) noexcept;
  /// A packet from a WebSocket that is not the transport (yet).
  SessionStep on_candidate_packet(const EnginePacket& packet) noexcept;
  /// The WebSocket has gone: the one that wanted to take over, or the transport.
  SessionStep on_websocket_closed(CloseReason reason) noexcept;

  SessionStep on_timer(TimePoint now) noexcept;
  /// The client sent "1".
  SessionStep on_close_packet() noexcept;
  /// Ends the session in order: the client is told, on polling with its next GET.
  SessionStep close(CloseReason reason, TimePoint now, const SessionTiming& timing) noexcept;
  /// Ends the session now: after an error, or a ping that was not answered.
  SessionStep fail(CloseReason reason) noexcept;

 private:
  bool has_candidate() const noexcept {
    return state_ == State::probing || state_ == State::upgrading;
  }
  PollAnswer answer_poll(PollAnswer answer) noexcept;
  SessionStep end(CloseReason reason, PollAnswer poll) noexcept;

  TimePoint deadline_{};  // meaningful with a candidate and while closing
  State state_;
  CloseReason close_reason_{};  // meaningful while closing
  bool get_waits_ = false;
  bool post_runs_ = false;
};

}  // namespace pushgate::node
