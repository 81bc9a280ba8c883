#include "app/admin_client.hpp"

#include <chrono>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace pushgate::app {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::chrono::seconds kTimeout{5};
constexpr std::uint64_t kMaxBodyBytes = 256 * 1024 * 1024;

using Stream = beast::basic_stream<asio::generic::stream_protocol>;

/// Runs one asynchronous step to its end: Beast's streams have time limits only for those.
template <class Start>
ErrorCode finish(asio::io_context& io, Start start) {
  ErrorCode outcome = asio::error::would_block;
  start([&outcome](ErrorCode error, auto&&...) { outcome = error; });
  io.restart();
  io.run();
  return outcome;
}

}  // namespace

Result<std::string> fetch_admin_page(const Endpoint& admin, const std::string& path) {
  asio::io_context io;
  Stream stream(io);
  stream.expires_after(kTimeout);
  sockaddr_storage address;
  const socklen_t length = admin.to_sockaddr(address);
  const asio::generic::stream_protocol::endpoint target(&address, length);

  ErrorCode error = finish(io, [&](auto done) { stream.async_connect(target, std::move(done)); });
  if (error) return error;
  http::request<http::empty_body> request{http::verb::get, path, 11};
  request.set(http::field::host, admin.is_unix() ? "localhost" : admin.to_string());
  request.set(http::field::connection, "close");
  error = finish(io, [&](auto done) { http::async_write(stream, request, std::move(done)); });
  if (error) return error;

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxBodyBytes);
  error = finish(io, [&](auto done) { http::async_read(stream, buffer, parser, std::move(done)); });
  if (error) return error;
  if (parser.get().result() != http::status::ok) return ErrorCode{asio::error::not_found};
  return std::move(parser.get().body());
}

}  // namespace pushgate::app
