#pragma once
// relay.hpp - moves bytes from one socket to another: the inner loop of tunnels and of large
// bodies.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "pushgate/net/buffer.hpp"
#include "pushgate/net/socket.hpp"
#include "pushgate/net/splice_pipe.hpp"

namespace pushgate::net {

enum class RelayStatus : std::uint8_t {
  wants_input,   ///< the source has nothing now
  wants_output,  ///< the sink takes nothing now; bytes are kept until it does
  more,          ///< stopped for fairness, could go on at once
  limit,         ///< `limit` bytes have been read and written
  input_ended,   ///< the source's end was read, and everything before it written
  input_failed,
  output_failed,
};

struct RelayResult {
  RelayStatus status = RelayStatus::wants_input;
  int error = 0;            ///< errno, with input_failed and output_failed
  std::uint64_t bytes = 0;  ///< read from the source in this call
};

/// One direction of a connection pair.
///
/// Bytes are read into the thread's scratch buffer and written straight on; memory is borrowed only
/// when the sink takes less than was read. After several full reads in a row, or at once if the
/// caller expects bulk, they go through a kernel pipe instead and are never copied. While nothing
/// is in flight a Relay holds neither buffer nor pipe.
class Relay {
 public:
  Relay() noexcept = default;
  Relay(Relay&&) noexcept = default;
  Relay& operator=(Relay&&) noexcept = default;
  ~Relay() { SplicePipe::give_back(std::move(pipe_)); }

  /// Moves what can be moved now, at most `limit` bytes in all calls' sum from the caller's point
  /// of view (pass what is left). `scratch` is Reactor::scratch(). Sets the sink's interest in
  /// output.
  RelayResult run(Socket& from, Socket& to, char* scratch, std::uint64_t limit);

  /// Puts bytes in front of what will be read: what the caller already had in hand.
  void preload(std::string_view bytes) { pending_.append(bytes); }
  /// What is kept to be written (a pipe's content excepted), handed over.
  Buffer take_pending() noexcept { return std::move(pending_); }
  /// Writes what is kept. wants_output, output_failed, or wants_input when nothing is left.
  RelayStatus flush(Socket& to, int& error);

  bool idle() const noexcept {
    return pending_.empty() && (pipe_ == nullptr || pipe_->held_bytes() == 0);
  }
  void expect_bulk() noexcept { full_reads_ = kBulkAfterFullReads; }

 private:
  static constexpr std::uint8_t kBulkAfterFullReads = 3;

  RelayStatus copy_once(Socket& from, Socket& to, char* scratch, std::uint64_t limit,
                        RelayResult& result);
  RelayStatus splice_once(Socket& from, Socket& to, std::uint64_t limit, RelayResult& result);
  void leave_bulk() noexcept;

  Buffer pending_;
  std::unique_ptr<SplicePipe> pipe_;
  std::uint8_t full_reads_ = 0;
  std::uint8_t small_splices_ = 0;
};

}  // namespace pushgate::net
