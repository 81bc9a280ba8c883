#pragma once
// agent_session.hpp - one client connection, from its first byte to its last or to the tunnel.

#include <cstdint>
#include <memory>
#include <string_view>

#include <boost/intrusive/list_hook.hpp>

#include "pushgate/http/local_answer.hpp"
#include "pushgate/net/buffer.hpp"
#include "pushgate/net/socket.hpp"
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

  /// Ends the session if it is between two requests; otherwise its response will be the last.
  void drain();
  /// Ends it now.
  void cut() { waiter_.cancel(); }

 private:
  /// What the connection does next.
  enum class Next : std::uint8_t { request, close, linger, abort, gone };
  enum class HeadRead : std::uint8_t { complete, bad, closed };

  runtime::Task<bool> read_proxy_header();
  bool accept_proxy_header(std::string_view bytes, bool& complete);
  Next admit_client();
  runtime::Task<HeadRead> read_head(http::RequestHead& head, TimePoint deadline);
  bool read_more();
  runtime::Task<Next> serve_request(const http::RequestHead& head);
  std::optional<Refusal> route(ActiveRequest& request, IdentityVerdict verdict);
  std::optional<LocalRefusal> check_upgrade(ActiveRequest& request);
  runtime::Task<Next> forward(ActiveRequest& request);
  runtime::Task<Next> refuse(ActiveRequest& request, const LocalRefusal& refusal);
  runtime::Task<Next> refuse_head(http::HeadError error);
  runtime::Task<bool> write_answer(const http::LocalAnswer& answer, std::uint64_t& bytes);
  runtime::Task<> linger();
  std::chrono::microseconds elapsed_since(TimePoint start) const noexcept;
  void end_request(ActiveRequest& request);

  AgentThread& thread_;
  ClientLimiter& clients_;
  runtime::Waiter waiter_;
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
  bool between_requests_ = false;
};

}  // namespace pushgate::agent
