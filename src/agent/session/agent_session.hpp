#pragma once
// agent_session.hpp - one client connection, from its first byte to its last or to the tunnel.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include <boost/intrusive/list_hook.hpp>

#include "pushgate/http/local_answer.hpp"
#include "pushgate/net/buffer.hpp"
#include "pushgate/net/socket.hpp"
#include "pushgate/runtime/cancellable.hpp"
#include "pushgate/runtime/task.hpp"
#include "pushgate/runtime/waiter.hpp"

#include "agent/session/active_request.hpp"
#include "agent/session/agent_thread.hpp"
#include "agent/session/exchange.hpp"

namespace pushgate::agent {

/// Lives in the frame of the coroutine that runs it. Everything it holds while idle is this object:
/// buffers and heads are borrowed for the time of a request.
class AgentSession : public boost::intrusive::list_base_hook<
                         boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  AgentSession(AgentThread& thread, ClientLimiter& clients, const AgentThread::Accepted& accepted);
  AgentSession(const AgentSession&) = delete;
  AgentSession& operator=(const AgentSession&) = delete;

  /// Takes the socket over; false if it cannot be registered.
  bool attach(UniqueFd socket);
  runtime::Task<> run();
  /// Instead of run(): says why there is no room and closes so that the client can read it.
  runtime::Task<> turn_away(std::string_view answer);

  /// Ends the session if no request has begun; otherwise its response will be the last.
  void drain() {
    if (between_requests_) waiter_.cancel();
  }
  /// Ends it now.
  void cut() {
    if (pending_ != nullptr) {
      pending_->cancel();
    } else {
      waiter_.cancel();
    }
  }

 private:
  /// What the connection does next.
  enum class Next : std::uint8_t {
    request,
    linger,  ///< close so that the client can read the last response: it may still be sending
    close,   ///< at once: there is nothing that the client has not read
    abort,   ///< with a reset: the client must notice that the last response is incomplete
    gone,    ///< the socket belongs to a tunnel now
  };
  enum class HeadRead : std::uint8_t {
    complete,
    bad,
    idle,    ///< no request has begun, and none is waited for any more
    closed,  ///< by the client, or by a cut
  };

  enum class Arrival : std::uint8_t { bytes, missing, stopped };

  runtime::Task<bool> read_proxy_header();
  runtime::Task<Arrival> await_header_bytes(TimePoint deadline);
  bool accept_proxy_header(std::string_view bytes, bool& complete);
  Next admit_client();
  runtime::Task<HeadRead> read_head(std::unique_ptr<http::RequestHead>& head, TimePoint deadline);
  bool read_more();
  runtime::Task<Next> serve_request(const http::RequestHead& head);
  void hear_trusted_peer(ActiveRequest& request) const;
  LocalRefusal identity_refusal(ActiveRequest& request, const Refusal& refusal);
  std::optional<LocalRefusal> take_identity(ActiveRequest& request, IdentityVerdict& verdict);
  RouteDecision ask_route_hook(const ActiveRequest& request, const RequestView& view) const;
  std::optional<LocalRefusal> admit_request(ActiveRequest& request, const RequestView& view,
                                            RouteDecision decision);
  std::optional<LocalRefusal> check_upgrade(ActiveRequest& request);
  Next end_exchange(ActiveRequest& request, Exchange& exchange, ExchangeEnd end);
  runtime::Task<Next> refuse(ActiveRequest& request, const LocalRefusal& refusal);
  runtime::Task<Next> refuse_head(http::HeadError error);
  runtime::Task<bool> write_answer(const http::LocalAnswer& answer, std::uint64_t& bytes);
  runtime::Task<> linger(std::chrono::milliseconds at_most);
  std::chrono::microseconds elapsed_since(TimePoint start) const noexcept;
  void end_request(ActiveRequest& request);

  AgentThread& thread_;
  ClientLimiter& clients_;
  runtime::Waiter waiter_;
  runtime::Cancellation* pending_ = nullptr;  // the source or script that is waited for
  net::Socket client_;
  net::Buffer input_;
  ClientSlot slot_;
  Endpoint peer_;
  std::string_view listener_;
  bool peer_is_trusted_ = false;
  config::ProxyProtocolMode proxy_protocol_;
  std::size_t head_bytes_ = 0;
  http::HeadError head_error_ = http::HeadError::none;
  TimePoint request_started_at_{};
  bool between_requests_ = false;  // or before the first one, and waiting
};

}  // namespace pushgate::agent
