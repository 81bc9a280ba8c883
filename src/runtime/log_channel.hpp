#pragma once
// log_channel.hpp - one bounded queue, one writing thread, one output: what both logs are made of.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>

#include "pushgate/base/result.hpp"

namespace pushgate::runtime {

class DescriptorSink;

struct LogChannelSettings {
  std::string name;
  std::string file;  ///< empty: `fallback_fd`
  int fallback_fd = 2;
  std::string pattern;  ///< spdlog's; empty: the text is written as it is, without a line end
  std::size_t max_messages = 1024;
  std::size_t max_bytes = 1024 * 1024;
};

/// How much is queued. Counted by us, because spdlog's queue knows only messages and would discard
/// the oldest ones; ours are bytes, and the newest go.
struct LogBacklog {
  std::atomic<std::size_t> messages{0};
  std::atomic<std::size_t> bytes{0};
  std::atomic<std::uint64_t> dropped_lines{0};
};

class LogChannel {
 public:
  static Result<std::unique_ptr<LogChannel>> open(const LogChannelSettings& settings);
  LogChannel(const LogChannel&) = delete;
  LogChannel& operator=(const LogChannel&) = delete;
  ~LogChannel();

  /// False if the queue is full; the `lines` in `text` are then counted as dropped.
  bool post(spdlog::level::level_enum level, std::string_view text, std::uint64_t lines) noexcept;

  ErrorCode reopen();
  std::uint64_t dropped_lines() const noexcept { return backlog_->dropped_lines.load(); }

 private:
  LogChannel(const LogChannelSettings& settings, std::shared_ptr<DescriptorSink> sink,
             std::shared_ptr<LogBacklog> backlog);

  std::size_t max_messages_;
  std::size_t max_bytes_;
  std::shared_ptr<LogBacklog> backlog_;
  std::shared_ptr<DescriptorSink> sink_;
  // The pool's destructor drains the queue, so it must go before the logger and the sink.
  std::shared_ptr<spdlog::async_logger> logger_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
};

}  // namespace pushgate::runtime
