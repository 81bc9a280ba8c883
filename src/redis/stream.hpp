#pragma once
// stream.hpp - bytes to and from one server: TCP, a unix socket, or TLS over TCP.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "pushgate/base/result.hpp"
#include "pushgate/redis/settings.hpp"

namespace pushgate::redis {

struct TlsContext;

/// One connection, used once. Shared, because a write that is under way outlives whoever gave up.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  /// `tls` may be null.
  Stream(const boost::asio::any_io_executor& executor, std::shared_ptr<const TlsContext> tls);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  /// Resolves the name, connects to its addresses in turn, beginning with number `first` (so that a
  /// first one that swallows packets does not use up every attempt's time), and speaks TLS.
  boost::asio::awaitable<ErrorCode> connect(ServerAddress address, std::size_t first);

  /// Waits for at least one byte. The peer's end of the stream is an error, as in Asio.
  boost::asio::awaitable<Result<std::size_t>> read_some(std::span<char> into);

  /// Writes all of `bytes`, then calls with the error and the buffer, for the next write. One write
  /// at a time.
  using OnWritten = std::function<void(ErrorCode, std::string buffer)>;
  void write(std::string bytes, OnWritten on_written);

  /// Ends whatever is under way. Idempotent.
  void close() noexcept;

 private:
  struct Impl;
  boost::asio::awaitable<ErrorCode> connect_tcp(ServerAddress address, std::size_t first);
  boost::asio::awaitable<ErrorCode> connect_unix(std::string path);
  boost::asio::awaitable<ErrorCode> shake_hands(std::string host);

  std::unique_ptr<Impl> impl_;
};

}  // namespace pushgate::redis
