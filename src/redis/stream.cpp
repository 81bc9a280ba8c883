#include "stream.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tls_context.hpp"

namespace pushgate::redis {

namespace asio = boost::asio;
using asio::ip::tcp;
using Socket = asio::generic::stream_protocol::socket;

namespace {

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

/// Small commands must not wait for the answers of earlier ones (Nagle's algorithm).
void set_no_delay(Socket& socket) noexcept {
  ErrorCode ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
}

}  // namespace

struct Stream::Impl {
  Impl(const asio::any_io_executor& executor, std::shared_ptr<const TlsContext> tls_context)
      : tls(std::move(tls_context)), resolver(executor), socket(executor) {
    if (tls) secure.emplace(socket, *tls->context);
  }

  std::shared_ptr<const TlsContext> tls;
  tcp::resolver resolver;
  Socket socket;
  std::optional<asio::ssl::stream<Socket&>> secure;
  bool closed = false;

  std::string writing;
};

Stream::Stream(const asio::any_io_executor& executor, std::shared_ptr<const TlsContext> tls)
    : impl_(std::make_unique<Impl>(executor, std::move(tls))) {}

Stream::~Stream() = default;

asio::awaitable<ErrorCode> Stream::connect(ServerAddress address, std::size_t first) {
  if (!address.unix_path.empty()) {
    const ErrorCode error = co_await connect_unix(address.unix_path);
    co_return error;
  }
  ErrorCode error = co_await connect_tcp(address, first);
  if (!error && impl_->secure) error = co_await shake_hands(address.host);
  co_return error;
}

asio::awaitable<ErrorCode> Stream::connect_unix(std::string path) {
  const asio::local::stream_protocol::endpoint endpoint{path};
  const auto result = co_await impl_->socket.async_connect(endpoint, kNoThrow);
  co_return std::get<0>(result);
}

asio::awaitable<ErrorCode> Stream::connect_tcp(ServerAddress address, std::size_t first) {
  std::vector<tcp::endpoint> endpoints;
  ErrorCode error;
  const auto numeric = asio::ip::make_address(address.host, error);
  if (!error) {
    endpoints.emplace_back(numeric, address.port);  // and no resolver's thread
  } else {
    const auto resolved = co_await impl_->resolver.async_resolve(
        address.host, std::to_string(address.port), kNoThrow);
    error = std::get<0>(resolved);
    for (const auto& entry : std::get<1>(resolved)) endpoints.push_back(entry.endpoint());
  }
  for (std::size_t i = 0; i < endpoints.size() && !impl_->closed; ++i) {
    ErrorCode ignored;
    impl_->socket.close(ignored);
    const tcp::endpoint& endpoint = endpoints[(first + i) % endpoints.size()];
    const auto result = co_await impl_->socket.async_connect(endpoint, kNoThrow);
    error = std::get<0>(result);
    if (error) continue;
    set_no_delay(impl_->socket);
    co_return error;
  }
  if (impl_->closed) error = asio::error::operation_aborted;
  co_return error;
}

asio::awaitable<ErrorCode> Stream::shake_hands(std::string host) {
  const std::string& name = impl_->tls->server_name.empty() ? host : impl_->tls->server_name;
  ErrorCode not_numeric;
  asio::ip::make_address(name, not_numeric);
  // SNI is for names only (RFC 6066 section 3).
  if (not_numeric) {
    ::SSL_set_tlsext_host_name(impl_->secure->native_handle(), name.c_str());
  }
  if (impl_->tls->verify) {
    ErrorCode error;
    impl_->secure->set_verify_callback(asio::ssl::host_name_verification{name}, error);
    if (error) co_return error;
  }
  const auto result =
      co_await impl_->secure->async_handshake(asio::ssl::stream_base::client, kNoThrow);
  co_return std::get<0>(result);
}

asio::awaitable<Result<std::size_t>> Stream::read_some(std::span<char> into) {
  const auto buffer = asio::buffer(into.data(), into.size());
  ErrorCode error;
  std::size_t bytes = 0;
  if (impl_->secure) {
    std::tie(error, bytes) = co_await impl_->secure->async_read_some(buffer, kNoThrow);
  } else {
    std::tie(error, bytes) = co_await impl_->socket.async_read_some(buffer, kNoThrow);
  }
  if (error) co_return error;
  co_return bytes;
}

void Stream::write(std::string bytes, OnWritten on_written) {
  impl_->writing = std::move(bytes);
  // The handler has the callback, not the stream: its owner may have the stream, and if the loop is
  // destroyed before the write is done, only the handler is.
  const auto done = [self = shared_from_this(), on_written = std::move(on_written)](
                        const ErrorCode& error, std::size_t) {
    on_written(error, std::move(self->impl_->writing));
  };
  if (impl_->secure) {
    asio::async_write(*impl_->secure, asio::buffer(impl_->writing), done);
  } else {
    asio::async_write(impl_->socket, asio::buffer(impl_->writing), done);
  }
}

void Stream::close() noexcept {
  impl_->closed = true;
  impl_->resolver.cancel();
  ErrorCode ignored;
  impl_->socket.close(ignored);
}

}  // namespace pushgate::redis
