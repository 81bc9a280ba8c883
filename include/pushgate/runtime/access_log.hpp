#pragma once
// access_log.hpp - how one line per request leaves an io thread for less than a microsecond.
//
// Handing a line to another thread costs a queue's mutex and usually a futex wake-up, which is more
// than the request's own parsing. So an io thread collects lines and hands over many at once.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pushgate/base/result.hpp"

namespace pushgate::runtime {

struct AccessLogSettings {
  std::string file;  ///< appended to, mode 0640; empty: standard output
  std::size_t max_queued_bytes = 8 * 1024 * 1024;  ///< beyond this the newest lines are discarded
};

/// Where formatted access log lines go. One for the process; a thread of its own writes. All
/// members may be called on any thread, and none waits for the output except reopen().
class AccessLog {
 public:
  static Result<std::unique_ptr<AccessLog>> open(const AccessLogSettings& settings);
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  /// Writes what is queued; gives up on an output that accepts nothing.
  ~AccessLog();

  /// Queues whole lines, each with its line end. Costs one copy, one lock, and a wake-up if the
  /// writer sleeps. Discards and counts them if the queue is full.
  void write(std::string_view lines) noexcept;

  /// See Log::reopen.
  ErrorCode reopen();

  /// Lines discarded because the queue was full or could not be written.
  std::uint64_t dropped() const noexcept;

 private:
  struct Impl;
  explicit AccessLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// One io thread's lines on their way to the AccessLog. Used by that thread only. The thread must
/// call flush() from a periodic tick (50 ms is meant), so that a quiet server's lines appear too.
class AccessLogBatch {
 public:
  /// Nullptr: the access log is off, and append() does nothing.
  explicit AccessLogBatch(AccessLog* log) noexcept : log_(log) {}
  AccessLogBatch(const AccessLogBatch&) = delete;
  AccessLogBatch& operator=(const AccessLogBatch&) = delete;
  ~AccessLogBatch() { flush(); }

  bool enabled() const noexcept { return log_ != nullptr; }

  /// Adds one line, given without its line end; hands over at 16 KiB. The line must hold no control
  /// characters: whoever formats it escapes them.
  void append(std::string_view line) {
    if (log_ == nullptr) return;
    if (lines_.capacity() == 0) lines_.reserve(kFlushBytes + kFlushBytes / 4);
    lines_.append(line).push_back('\n');
    if (lines_.size() >= kFlushBytes) flush();
  }

  void flush() noexcept {
    if (lines_.empty()) return;
    log_->write(lines_);
    lines_.clear();
  }

 private:
  static constexpr std::size_t kFlushBytes = 16 * 1024;
  AccessLog* log_;
  std::string lines_;
};

}  // namespace pushgate::runtime
