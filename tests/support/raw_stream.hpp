#pragma once
// raw_stream.hpp - a connected socket in a test's hands: exact bytes out, exact bytes in, and every
// wait has a deadline.

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/unique_fd.hpp"

#include "support/patience.hpp"

namespace pushgate::test {

/// Thrown when the peer did not do what the test waits for; the test framework reports it.
class StreamError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class StreamEnd { open, closed, reset };

/// Move-only. Blocks the calling thread with poll(2), at most for kPatience.
class RawStream {
 public:
  RawStream() = default;
  explicit RawStream(UniqueFd fd);

  /// `buffer_bytes`: size of both socket buffers, for back-pressure; 0 leaves the system's.
  static RawStream connect(const Endpoint& to, int buffer_bytes = 0);
  /// Connects from this address of the loopback network.
  static RawStream connect_from(std::string_view source, const Endpoint& to);
  /// On a socket that was made before (when no descriptor may be opened any more).
  static RawStream connect_with(UniqueFd socket, const Endpoint& to);

  void send(std::string_view bytes);
  /// False if the peer has gone before it took everything.
  bool try_send(std::string_view bytes);

  /// Up to and including `mark`.
  std::string read_until(std::string_view mark);
  std::string read_exactly(std::size_t count);
  /// Everything up to the end of the stream; `end()` then says how it ended.
  std::string read_to_end();
  /// At least one byte, or nothing at the end of the stream.
  std::string read_some();

  StreamEnd end() const { return end_; }
  bool is_open() const { return static_cast<bool>(fd_); }
  /// Bytes that have arrived and were not read yet, or the end of the stream: anything at all.
  bool has_something() const;
  std::size_t total_received() const { return total_received_; }
  int fd() const { return fd_.get(); }

  void half_close();
  /// Closes with RST.
  void reset();
  void close() { fd_.reset(); }

 private:
  bool await(short events);
  /// Reads once into pending_; false at the end of the stream.
  bool fill();

  UniqueFd fd_;
  std::string pending_;
  std::size_t total_received_ = 0;
  StreamEnd end_ = StreamEnd::open;
};

/// The two ends of a connection that leads nowhere else.
struct StreamPair {
  UniqueFd ours;
  UniqueFd theirs;
};
/// Non-blocking; with small buffers if `buffer_bytes` is given.
StreamPair make_stream_pair(int buffer_bytes = 0);

}  // namespace pushgate::test
