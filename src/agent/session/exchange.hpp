#pragma once
// exchange.hpp - one request to a node and its response back: connecting, retrying, forwarding, and
// the switch to a tunnel.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "pushgate/agent/upstream/upstream_pool.hpp"
#include "pushgate/net/buffer.hpp"
#include "pushgate/net/socket.hpp"
#include "pushgate/runtime/task.hpp"
#include "pushgate/runtime/waiter.hpp"

#include "agent/session/active_request.hpp"
#include "agent/session/body_pump.hpp"

namespace pushgate::agent {

/// What is left of the client's connection after an exchange.
enum class ExchangeEnd : std::uint8_t {
  keep_alive,  ///< both messages complete: the next request may come
  close,       ///< the response is complete; the client may still be sending
  abort,       ///< the response is incomplete, and the client must notice
  refused,     ///< nothing has been sent to the client: answer `refusal()`
  switched,    ///< the sockets belong to a tunnel now
};

/// The session's side of an exchange. `input` holds the request's head and whatever was read with
/// it.
struct ClientSide {
  net::Socket& socket;
  runtime::Waiter& waiter;
  net::Buffer& input;
  ClientSlot& slot;
};

/// Runs once, in the frame of the session's coroutine.
class Exchange {
 public:
  Exchange(AgentThread& thread, ClientSide client, ActiveRequest& request) noexcept
      : thread_(thread), client_(client), request_(request) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  runtime::Task<ExchangeEnd> run();

  const LocalRefusal& refusal() const noexcept { return refusal_; }
  /// After the exchange: how many bytes of the input belonged to this request.
  std::size_t input_used() const noexcept { return request_.head_bytes.size() + early_used_; }
  /// Bytes of the next request that were read behind a chunked body.
  net::Buffer& beyond() noexcept { return beyond_; }

 private:
  /// How the attempt at one node ended.
  enum class Attempt : std::uint8_t {
    finished,       ///< `end_` says how
    not_connected,  ///< nothing was sent
    broken_early,   ///< something was sent, nothing received
  };
  /// A step either lets the conversation go on or ends the attempt.
  using Step = std::optional<Attempt>;
  /// A head and what of its body goes with it.
  struct OutgoingBytes {
    std::string_view head;
    std::string_view body;
  };

  // exchange.cpp: choosing nodes, connecting
  std::optional<Choice> choose(std::size_t first_choice);
  runtime::Task<Attempt> try_node(bool may_reuse);
  bool reuse_connection();
  Step open_connection();
  Attempt connect_failed(ErrorCode error);
  Step assemble_head(OutgoingBytes& bytes);
  bool stage(OutgoingBytes& bytes);
  Step write_head(const OutgoingBytes& bytes, bool& written);
  Step on_head_written(const net::IoResult& wrote, const OutgoingBytes& bytes, bool& written);
  Step on_wake_while_connecting(runtime::WakeReason reason);
  void note_head_written();
  void prepare_request_body();
  const ProtectedNames* passed_trailers_except() const noexcept;
  void leave_out_nominated_trailers(BodyPump& body, std::span<const http::Field> fields) const;
  bool may_retry(Attempt attempt) const noexcept;
  ExchangeEnd give_up(Attempt last);
  void note_connect_failure(ErrorCode error);
  Attempt finish(ExchangeEnd end, Termination termination);
  Attempt client_aborted();
  Attempt refuse(const LocalRefusal& refusal);

  // conversation.cpp: both directions at once
  Step converse();
  Step pump_request();
  Step pump_response();
  Step request_ended_badly(PumpStatus status);
  Attempt refuse_malformed_body();
  Step response_ended_badly(PumpStatus status);
  Step response_complete();
  Step on_wake(runtime::WakeReason reason);
  bool client_is_gone() const noexcept;
  Attempt on_timeout();
  TimePoint deadline() const;
  Attempt upstream_lost();

  // response_head.cpp: what the node's head means for the client
  Step read_response_head();
  Step on_response_bytes(std::string_view bytes, std::size_t& used);
  Step on_response_head(std::string_view head_bytes, std::string_view rest);
  Step relay_interim(std::string_view head_bytes);
  Step begin_response(std::string_view head_bytes, std::string_view rest);
  Step write_beginning(std::string_view body);
  Step on_beginning_written(const net::IoResult& wrote, const OutgoingBytes& bytes);
  Step switch_protocols(std::string_view head_bytes, std::string_view rest);
  Attempt bad_response(std::string_view message);
  std::string extra_response_fields() const;

  runtime::Channel& upstream_channel() const noexcept { return upstream_->socket.channel(); }

  AgentThread& thread_;
  ClientSide client_;
  ActiveRequest& request_;
  std::unique_ptr<UpstreamConnection> upstream_;
  const Member* reached_ = nullptr;  ///< the last node that the request was sent to
  BodyPump up_;
  BodyPump down_;
  net::Buffer beyond_;           ///< of the client's input
  net::Buffer beyond_response_;  ///< bytes that a node sent behind its response
  net::Buffer response_input_;   ///< an incomplete response head
  std::string_view staged_;      ///< the response's beginning, to be sent after the batch
  std::size_t scanned_ = 0;
  std::size_t response_head_bytes_ = 0;
  std::size_t early_used_ = 0;  ///< body bytes taken from the client's input buffer
  TimePoint first_byte_deadline_{};
  LocalRefusal refusal_;
  ExchangeEnd end_ = ExchangeEnd::close;
  bool response_started_ = false;  ///< something of the final response was written to the client
  bool client_closes_ = false;     ///< the response tells the client that the connection ends
  std::chrono::milliseconds upstream_idle_limit_ = std::chrono::milliseconds::max();
  bool upstream_reusable_ = false;
  bool pinned_failed_ = false;  // the node that a script has chosen was not to be had
  bool upstream_write_failed_ = false;
};

}  // namespace pushgate::agent
