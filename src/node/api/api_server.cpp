#include "node/api/api_server.hpp"

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "pushgate/http/local_answer.hpp"
#include "pushgate/net/listener.hpp"
#include "pushgate/runtime/async_group.hpp"
#include "pushgate/runtime/rate_limit.hpp"

#include "admin/admin_listener.hpp"
#include "node/api/api_endpoint.hpp"
#include "node/node_core.hpp"

namespace pushgate::node {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

namespace {

// TCP and unix sockets through one type.
using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;
using Stream = beast::basic_stream<Protocol>;
using HttpRequest = bhttp::request<bhttp::string_body>;
using HttpResponse = bhttp::response<bhttp::string_body>;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kHeadTimeout{10};
constexpr std::chrono::seconds kRequestTimeout{60};
// Longer than any question to other nodes may take.
constexpr std::chrono::seconds kAnswerTimeout{10};
constexpr std::chrono::milliseconds kAcceptRetry{100};
constexpr std::chrono::seconds kDrainTimeout{2};
constexpr std::size_t kDrainBytes = 16 * 1024;
constexpr std::size_t kMaxDrainBytes = 4 * 1024 * 1024;
constexpr std::uint32_t kMaxHeadBytes = 16 * 1024;

constexpr std::string_view kTooMany =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

std::string_view to_std(beast::string_view text) { return {text.data(), text.size()}; }

HttpResponse to_http(ApiReply&& from, unsigned version) {
  HttpResponse response{static_cast<bhttp::status>(from.status), version};
  response.set(bhttp::field::content_type, "application/json");
  response.set(bhttp::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  if (!from.allow.empty()) response.set(bhttp::field::allow, beast::string_view{from.allow});
  if (from.status == 401) response.set(bhttp::field::www_authenticate, "Bearer");
  response.body() = std::move(from.body);
  response.prepare_payload();
  return response;
}

/// Nullopt: the connection ends without an answer, because the peer left or was too slow.
std::optional<ApiReply> answer_to_failed_read(const beast::error_code& ec) {
  if (ec == bhttp::error::body_limit) {
    return to_reply({413, "body_too_large", "the body is larger than node.api.maxBody", {}});
  }
  if (ec == bhttp::error::header_limit || ec == bhttp::error::buffer_overflow) {
    return to_reply({431, "head_too_large", "the request head is too large", {}});
  }
  if (ec == bhttp::error::end_of_stream || ec == bhttp::error::partial_message) return std::nullopt;
  const bool is_not_http = ec.category() == beast::error_code{bhttp::error::bad_method}.category();
  if (!is_not_http) return std::nullopt;
  return to_reply({400, "bad_request", ec.message(), {}});
}

/// An answer that comes from another thread.
struct Awaited {
  explicit Awaited(const asio::any_io_executor& executor) : timer(executor) {
    timer.expires_after(kAnswerTimeout);
  }
  asio::steady_timer timer;
  std::optional<ApiReply> reply;
};

}  // namespace

struct ApiServer::Impl {
  Impl(NodeCore& core, Push* push, runtime::Log& log_to)
      : node(core),
        log(log_to),
        rare_log(log_to),
        endpoint(core, push, metrics,
                 [this](std::function<void()> work) { asio::post(io, std::move(work)); }) {}

  asio::awaitable<void> run_accept();
  asio::awaitable<void> run_connection(Protocol::socket socket);
  asio::awaitable<bool> read_request(Stream& stream, beast::flat_buffer& buffer,
                                     bhttp::request_parser<bhttp::string_body>& parser,
                                     beast::error_code& error);
  asio::awaitable<ApiReply> answer(const HttpRequest& request);
  void take(Protocol::socket socket);
  void count(const ApiRoute* route, unsigned status);

  NodeCore& node;
  runtime::Log& log;
  runtime::RateLimitedLog rare_log;
  ApiMetrics metrics;
  ApiEndpoint endpoint;
  asio::io_context io{1};
  runtime::AsyncGroup accepting{io.get_executor(), log};
  runtime::AsyncGroup serving{io.get_executor(), log};
  std::optional<Acceptor> acceptor;
  admin::SocketFile file;
  Endpoint bound;
  bool closed = false;
  std::thread thread;
};

ApiServer::ApiServer(NodeCore& node, Push* push, runtime::Log& log)
    : impl_(std::make_unique<Impl>(node, push, log)) {}

ApiServer::~ApiServer() { stop(); }

std::string ApiServer::open(const Endpoint& at) {
  Result<admin::AdminListener> listener = admin::open_admin_listener(at);
  if (!listener) {
    return net::cannot_listen(at, "node.api.address", listener.error(),
                              R"(give each an address of its own, or say "off")");
  }
  impl_->bound = listener->bound;
  impl_->file = std::move(listener->file);
  impl_->acceptor.emplace(impl_->io, Protocol{impl_->bound.family(), 0}, listener->fd.release());
  return {};
}

void ApiServer::start() {
  impl_->accepting.spawn(impl_->run_accept(), "api accept");
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
}

const Endpoint& ApiServer::bound() const noexcept { return impl_->bound; }

void ApiServer::stop() {
  if (!impl_->thread.joinable()) return;
  asio::post(impl_->io, [impl = impl_.get()] {
    impl->closed = true;
    impl->file.remove();
    boost::system::error_code ignored;
    impl->acceptor->close(ignored);
    impl->accepting.cancel_all();
    impl->serving.cancel_all();
  });
  impl_->thread.join();  // the loop ends when the last coroutine has
}

void ApiServer::collect_metrics(std::vector<runtime::MetricFamily>& out) const {
  collect_api_metrics(impl_->metrics, out);
}

void ApiServer::Impl::take(Protocol::socket socket) {
  if (serving.size() >= kMaxConnections) {
    metrics.connections_refused.add();
    rare_log.warn("api connection refused", "full", {{"limit", kMaxConnections}});
    // A fresh socket has room for this; if not, closing is answer enough.
    static_cast<void>(::send(socket.native_handle(), kTooMany.data(), kTooMany.size(),
                             MSG_DONTWAIT | MSG_NOSIGNAL));
    return;
  }
  serving.spawn(run_connection(std::move(socket)), "api connection");
}

asio::awaitable<void> ApiServer::Impl::run_accept() {
  asio::steady_timer retry{io};
  while (!closed) {
    Protocol::socket socket{io};
    const auto accepted = co_await acceptor->async_accept(socket, kNoThrow);
    if (closed) co_return;
    const boost::system::error_code ec = std::get<0>(accepted);
    if (!ec) {
      take(std::move(socket));
    } else {
      // Out of descriptors, most likely: the connection stays queued, so do not spin.
      rare_log.warn("api accept failed", ec.message(), {{"error", ec.message()}});
      retry.expires_after(kAcceptRetry);
      co_await retry.async_wait(kNoThrow);
    }
  }
}

asio::awaitable<bool> ApiServer::Impl::read_request(
    Stream& stream, beast::flat_buffer& buffer, bhttp::request_parser<bhttp::string_body>& parser,
    beast::error_code& error) {
  parser.header_limit(kMaxHeadBytes);
  parser.body_limit(node.snapshot()->config().api.max_body);
  stream.expires_after(kHeadTimeout);
  const auto head = co_await bhttp::async_read_header(stream, buffer, parser, kNoThrow);
  error = std::get<0>(head);
  if (error) co_return false;
  stream.expires_after(kRequestTimeout);
  if (beast::iequals(parser.get()[bhttp::field::expect], "100-continue")) {
    const auto sent = co_await asio::async_write(stream, asio::buffer(http::kContinue), kNoThrow);
    error = std::get<0>(sent);
    if (error) co_return false;
  }
  const auto body = co_await bhttp::async_read(stream, buffer, parser, kNoThrow);
  error = std::get<0>(body);
  co_return !error;
}

asio::awaitable<void> ApiServer::Impl::run_connection(Protocol::socket socket) {
  metrics.connections.set(static_cast<std::int64_t>(serving.size()));
  Stream stream{std::move(socket)};
  beast::flat_buffer buffer;
  bool keep_alive = true;
  while (keep_alive && !closed) {
    bhttp::request_parser<bhttp::string_body> parser;
    beast::error_code error;
    const bool complete = co_await read_request(stream, buffer, parser, error);
    if (closed) break;
    std::optional<ApiReply> reply;
    if (complete) {
      ApiReply answered = co_await answer(parser.get());
      reply = std::move(answered);
    } else {
      metrics.malformed.add(error == bhttp::error::end_of_stream ? 0 : 1);
      reply = answer_to_failed_read(error);
    }
    if (!reply || closed) break;
    keep_alive = complete && parser.get().keep_alive();
    HttpResponse response = to_http(std::move(*reply), complete ? parser.get().version() : 11);
    response.keep_alive(keep_alive);
    stream.expires_after(kRequestTimeout);
    const auto written = co_await bhttp::async_write(stream, response, kNoThrow);
    if (std::get<0>(written)) break;
  }
  boost::system::error_code ignored;
  stream.socket().shutdown(Protocol::socket::shutdown_send, ignored);
  // Closing a socket with unread bytes makes the peer lose the answer that it is about to read.
  std::size_t drained = 0;
  stream.expires_after(kDrainTimeout);
  while (!closed && drained < kMaxDrainBytes) {
    buffer.clear();
    const auto read = co_await stream.async_read_some(buffer.prepare(kDrainBytes), kNoThrow);
    if (std::get<0>(read)) break;
    drained += std::get<1>(read);
  }
  metrics.connections.set(static_cast<std::int64_t>(serving.size()) - 1);
}

asio::awaitable<ApiReply> ApiServer::Impl::answer(const HttpRequest& request) {
  const asio::any_io_executor executor = io.get_executor();
  const auto awaited = std::make_shared<Awaited>(executor);
  ApiDone done = [executor, awaited](ApiReply reply) {
    asio::post(executor, [awaited, reply = std::move(reply)]() mutable {
      awaited->reply = std::move(reply);
      awaited->timer.cancel();
    });
  };
  const ApiRequest asked{.method = to_std(request.method_string()),
                         .target = to_std(request.target()),
                         .authorization = to_std(request[bhttp::field::authorization]),
                         .content_type = to_std(request[bhttp::field::content_type]),
                         .idempotency_key = to_std(request["Idempotency-Key"]),
                         .origin = to_std(request[bhttp::field::origin]),
                         .body = request.body()};
  const ApiRoute* const route = endpoint.handle(asked, std::move(done));
  co_await awaited->timer.async_wait(kNoThrow);
  ApiReply reply = awaited->reply
                       ? std::move(*awaited->reply)
                       : to_reply({504, "no_answer", "this node did not answer in time", {}});
  count(route, reply.status);
  co_return reply;
}

void ApiServer::Impl::count(const ApiRoute* route, unsigned status) {
  if (route == nullptr) return;
  ApiMetrics::Outcomes& outcomes = metrics.operations[static_cast<std::size_t>(route->operation)];
  if (status < 400) {
    outcomes.done.add();
  } else if (status < 500) {
    outcomes.refused.add();
  } else {
    outcomes.failed.add();
  }
}

}  // namespace pushgate::node
