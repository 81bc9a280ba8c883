#pragma once
// http_connection.hpp - a connection of a node as long as it speaks HTTP: polls, posts, handshakes,
// files.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/intrusive/list_hook.hpp>

#include "pushgate/http/head_parser.hpp"
#include "pushgate/net/buffer.hpp"
#include "pushgate/net/socket.hpp"
#include "pushgate/runtime/task.hpp"
#include "pushgate/runtime/waiter.hpp"

#include "node/node_thread.hpp"
#include "node/session/engine_request.hpp"
#include "node/session/http_reply.hpp"

namespace pushgate::node {

/// Lives in the frame of the coroutine that runs it. Holds no buffer while it waits for a request.
class HttpConnection : public boost::intrusive::list_base_hook<
                           boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  HttpConnection(NodeThread& thread, const Endpoint& peer);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// `early` are bytes that were read already. False if the socket cannot be registered.
  bool attach(UniqueFd socket, std::string_view early);
  runtime::Task<> run();

  /// Ends it if it waits for a request.
  void drain() {
    if (between_requests_) waiter_.cancel();
  }
  /// Ends it now.
  void cut() { waiter_.cancel(); }

 private:
  enum class Next : std::uint8_t {
    request,
    linger,  ///< close so that the client can read the last answer
    close,
    gone,  ///< the socket belongs to a session or to another thread now
  };
  enum class HeadRead : std::uint8_t { complete, bad, timed_out, closed };
  enum class BodyRead : std::uint8_t { complete, too_large, bad, closed };
  struct Poll;

  runtime::Task<HeadRead> read_head(http::RequestHead& head, TimePoint deadline);
  runtime::Task<BodyRead> read_body(const http::RequestHead& head, std::string& body,
                                    std::size_t max_bytes);
  runtime::Task<bool> await_input(TimePoint deadline);
  bool read_more();

  runtime::Task<Next> serve(const http::RequestHead& head);
  runtime::Task<Next> serve_engine(const http::RequestHead& head);
  runtime::Task<Next> serve_session(const http::RequestHead& head, const EngineRequest& request);
  runtime::Task<Next> serve_websocket(const http::RequestHead& head, const EngineRequest& request);
  runtime::Task<Next> serve_poll(const http::RequestHead& head, const EngineRequest& request);
  runtime::Task<Next> serve_post(const http::RequestHead& head, const EngineRequest& request);
  runtime::Task<Next> serve_plain(const http::RequestHead& head);
  runtime::Task<Next> serve_event_stream(const http::RequestHead& head);
  runtime::Task<Next> serve_file(const http::RequestHead& head);
  bool belongs_elsewhere(const SessionId& sid) const noexcept;
  Next hand_over(std::size_t thread);

  struct Handshake;
  Handshake shake_hands(const http::RequestHead& head);
  runtime::Task<Next> refuse_handshake(const http::RequestHead& head, const Handshake& handshake);

  runtime::Task<Next> turn_away_second(const Handshake& handshake);

  runtime::Task<Next> reply(const http::RequestHead& head, HttpReply reply);
  runtime::Task<Next> refuse_engine(const http::RequestHead& head, EngineError error,
                                    std::string_view message = {});
  runtime::Task<bool> write_all(std::string_view bytes);

  HttpReply::Cors cors_for(const http::RequestHead& head) const;
  /// What was read behind the head.
  std::string_view early_bytes() const;

  NodeThread& thread_;
  runtime::Waiter waiter_;
  net::Socket socket_;
  net::Buffer input_;
  Endpoint peer_;
  std::optional<std::string> next_request_;  ///< what followed the body that was read
  std::size_t head_bytes_ = 0;
  http::HeadError head_error_ = http::HeadError::none;
  bool between_requests_ = false;
};

}  // namespace pushgate::node
