#pragma once
// descriptor_sink.hpp - the last step of a log line: from the writing thread to a file or a pipe.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <spdlog/sinks/base_sink.h>

#include "pushgate/base/result.hpp"
#include "pushgate/base/unique_fd.hpp"

namespace pushgate::runtime {

struct LogBacklog;

/// Writes each message with write(2) at once. There is no buffer here: the queue's batches are
/// large, and what a crashing process said last is in the file.
///
/// A pipe, socket or terminal is written only as far as poll(2) promises that it will not block, so
/// that a reader that stands still costs lines and not the process's ability to stop.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// `raw`: messages are written as they are, without pattern and line end.
  DescriptorSink(std::string file, bool raw, std::shared_ptr<LogBacklog> backlog)
      : file_(std::move(file)), raw_(raw), backlog_(std::move(backlog)) {}

  ErrorCode open(int fallback_fd);
  ErrorCode reopen();
  /// From now on an output that accepts nothing is waited for only briefly.
  void give_up_soon() noexcept { giving_up_.store(true, std::memory_order_relaxed); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  bool write_all(std::string_view text);
  std::size_t write_limit(std::string_view text) const;
  bool wait_writable();

  std::string file_;
  bool raw_;
  std::shared_ptr<LogBacklog> backlog_;
  UniqueFd fd_;
  bool may_block_ = false;  ///< not a regular file
  bool gave_up_ = false;    ///< nothing more is waited for
  std::atomic<bool> giving_up_{false};
};

}  // namespace pushgate::runtime
