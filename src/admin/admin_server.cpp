// admin_server.cpp - the listener for health checks, metrics and status pages.

#include "pushgate/admin/admin_server.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "pushgate/runtime/async_group.hpp"
#include "pushgate/runtime/rate_limit.hpp"

#include "admin/admin_listener.hpp"

namespace pushgate::admin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

// TCP and unix sockets through one type.
using Protocol = asio::generic::stream_protocol;
using Stream = beast::basic_stream<Protocol>;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kRequestTimeout{10};
constexpr std::chrono::milliseconds kAcceptRetry{100};
constexpr std::uint32_t kMaxHeadBytes = 8 * 1024;

constexpr std::string_view kTooMany =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

std::string_view to_std(beast::string_view text) { return {text.data(), text.size()}; }

Response to_http(AdminResponse&& from, unsigned version) {
  Response response{static_cast<http::status>(from.status), version};
  response.set(http::field::content_type, from.content_type);
  response.set(http::field::cache_control, "no-store");
  // The pages are for programs; should a browser get one, it must neither guess nor run anything.
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  response.set("Referrer-Policy", "no-referrer");
  if (from.status == 405) response.set(http::field::allow, "GET, HEAD");
  response.body() = std::move(from.body);
  return response;
}

// Nullopt: the connection ends without an answer, because the peer left or was too slow.
std::optional<AdminResponse> answer_to_failed_read(const beast::error_code& ec) {
  if (ec == http::error::body_limit || ec == http::error::unexpected_body) {
    return error_response(413, "body_refused", "the admin pages take no request body");
  }
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
    return error_response(431, "head_too_large", "the request head is too large");
  }
  if (ec == http::error::end_of_stream || ec == http::error::partial_message) return std::nullopt;
  const bool is_not_http = ec.category() == beast::error_code{http::error::bad_method}.category();
  if (!is_not_http) return std::nullopt;
  return error_response(400, "bad_request", ec.message());
}

// The length of a body is always told; to HEAD, the body is not (RFC 9110 section 9.3.2).
asio::awaitable<beast::error_code> send(Stream& stream, Response& response, bool with_body) {
  response.prepare_payload();
  http::response_serializer<http::string_body> serializer{response};
  if (with_body) {
    const auto written = co_await http::async_write(stream, serializer, kNoThrow);
    co_return std::get<0>(written);
  }
  serializer.split(true);
  const auto written = co_await http::async_write_header(stream, serializer, kNoThrow);
  co_return std::get<0>(written);
}

}  // namespace

// Shared with the coroutines, so that a frame that ends late finds it alive.
struct AdminServer::Impl {
  Impl(asio::io_context& control, AdminListener listener, AdminPages shown, runtime::Log& log_to)
      : bound(listener.bound),
        file(std::move(listener.file)),
        pages(std::move(shown)),
        log(log_to),
        rate_limited(log_to),
        acceptor(control, Protocol{bound.family(), 0}, listener.fd.release()),
        accepting(control.get_executor(), log_to),
        serving(control.get_executor(), log_to) {}

  static asio::awaitable<void> run_accept(std::shared_ptr<Impl> self);
  static asio::awaitable<void> run_connection(std::shared_ptr<Impl> self, Protocol::socket socket);

  AdminResponse answer_to(const Request& request);
  void take(std::shared_ptr<Impl> self, Protocol::socket socket);
  void close() {
    closed = true;
    file.remove();  // first: while the socket is open, its inode number cannot become another
                    // file's
    boost::system::error_code ignored;
    acceptor.close(ignored);
  }

  Endpoint bound;
  SocketFile file;
  AdminPages pages;
  runtime::Log& log;
  runtime::RateLimitedLog rate_limited;
  asio::basic_socket_acceptor<Protocol> acceptor;
  runtime::AsyncGroup accepting;
  runtime::AsyncGroup serving;
  bool closed = false;
};

asio::awaitable<void> AdminServer::Impl::run_accept(std::shared_ptr<Impl> self) {
  asio::steady_timer retry{self->acceptor.get_executor()};
  while (!self->closed) {
    Protocol::socket socket{self->acceptor.get_executor()};
    const auto accepted = co_await self->acceptor.async_accept(socket, kNoThrow);
    if (self->closed) co_return;
    const boost::system::error_code ec = std::get<0>(accepted);
    if (!ec) {
      self->take(self, std::move(socket));
    } else {
      // Out of descriptors, most likely: the connection stays queued, so do not spin.
      self->rate_limited.warn("admin accept failed", ec.message(), {{"error", ec.message()}});
      retry.expires_after(kAcceptRetry);
      co_await retry.async_wait(kNoThrow);
    }
  }
}

void AdminServer::Impl::take(std::shared_ptr<Impl> self, Protocol::socket socket) {
  if (serving.size() >= kMaxConnections) {
    rate_limited.warn("admin connection refused", "full", {{"limit", kMaxConnections}});
    // A fresh socket has room for this; if not, closing is answer enough.
    static_cast<void>(::send(socket.native_handle(), kTooMany.data(), kTooMany.size(),
                             MSG_DONTWAIT | MSG_NOSIGNAL));
    return;
  }
  serving.spawn(run_connection(std::move(self), std::move(socket)), "admin connection");
}

AdminResponse AdminServer::Impl::answer_to(const Request& request) {
  if (request.version() >= 11 && request.count(http::field::host) != 1) {
    return error_response(400, "bad_host", "a request has exactly one Host field");
  }
  return answer(pages, {to_std(request.method_string()), to_std(request.target()),
                        to_std(request[http::field::host]), to_std(request[http::field::origin])});
}

asio::awaitable<void> AdminServer::Impl::run_connection(std::shared_ptr<Impl> self,
                                                        Protocol::socket socket) {
  Stream stream{std::move(socket)};
  beast::flat_buffer buffer{kMaxHeadBytes};
  bool keep_alive = true;
  while (keep_alive) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(kMaxHeadBytes);
    parser.body_limit(0);
    stream.expires_after(kRequestTimeout);
    const auto read = co_await http::async_read(stream, buffer, parser, kNoThrow);
    if (self->closed) co_return;  // a read may have ended well before its cancellation came
    const beast::error_code ec = std::get<0>(read);
    const Request& request = parser.get();
    std::optional<AdminResponse> page = ec ? answer_to_failed_read(ec) : self->answer_to(request);
    if (!page) co_return;

    keep_alive = !ec && request.keep_alive();
    Response response = to_http(std::move(*page), ec ? 11 : request.version());
    response.keep_alive(keep_alive);
    if (co_await send(stream, response, request.method() != http::verb::head)) co_return;
  }
  boost::system::error_code ignored;
  stream.socket().shutdown(Protocol::socket::shutdown_send, ignored);
}

Result<std::unique_ptr<AdminServer>> AdminServer::open(asio::io_context& control,
                                                       const Endpoint& at, AdminPages pages,
                                                       runtime::Log& log) {
  Result<AdminListener> listener = open_admin_listener(at);
  if (!listener) return listener.error();
  auto impl = std::make_shared<Impl>(control, std::move(*listener), std::move(pages), log);
  impl->accepting.spawn(Impl::run_accept(impl), "admin accept");
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(impl)));
}

AdminServer::AdminServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

AdminServer::~AdminServer() {
  impl_->close();
  impl_->serving.cancel_all();
}

const Endpoint& AdminServer::bound() const noexcept { return impl_->bound; }

std::size_t AdminServer::connections() const noexcept { return impl_->serving.size(); }

asio::awaitable<void> AdminServer::stop() {
  const std::shared_ptr<Impl> impl = impl_;
  impl->close();
  impl->accepting.cancel_all();
  impl->serving.cancel_all();
  co_await impl->accepting.wait_for_zero();
  co_await impl->serving.wait_for_zero();
}

}  // namespace pushgate::admin
