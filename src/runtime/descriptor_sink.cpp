// descriptor_sink.cpp - the last step of a log line: from the writing thread to a file or a pipe.

#include "runtime/descriptor_sink.hpp"

#include <algorithm>

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>

#include "runtime/log_channel.hpp"

namespace pushgate::runtime {

namespace {

constexpr int kPatienceMs = 1000;
constexpr int kLastPatienceMs = 50;

int open_for_append(const std::string& file) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

std::uint64_t count_lines(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

ErrorCode DescriptorSink::open(int fallback_fd) {
  fd_.reset(file_.empty() ? ::fcntl(fallback_fd, F_DUPFD_CLOEXEC, 3) : open_for_append(file_));
  if (!fd_) return last_system_error();
  struct stat status {};
  may_block_ = ::fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode);
  return {};
}

ErrorCode DescriptorSink::reopen() {
  if (file_.empty()) return {};
  UniqueFd fresh{open_for_append(file_)};
  if (!fresh) return last_system_error();
  const std::lock_guard lock{mutex_};
  fd_ = std::move(fresh);
  return {};
}

void DescriptorSink::sink_it_(const spdlog::details::log_msg& message) {
  std::string_view text{message.payload.data(), message.payload.size()};
  const std::size_t queued_bytes = text.size();
  spdlog::memory_buf_t formatted;
  if (!raw_) {
    formatter_->format(message, formatted);
    text = {formatted.data(), formatted.size()};
  }
  if (!write_all(text)) {
    backlog_->dropped_lines.fetch_add(count_lines(text), std::memory_order_relaxed);
  }
  backlog_->bytes.fetch_sub(queued_bytes, std::memory_order_relaxed);
  backlog_->messages.fetch_sub(1, std::memory_order_relaxed);
}

bool DescriptorSink::write_all(std::string_view text) {
  while (!text.empty()) {
    if (may_block_ && !wait_writable()) return false;
    const ssize_t written = ::write(fd_.get(), text.data(), write_limit(text));
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      return false;  // disk full, reader gone: the line is lost, the next one is tried again
    }
  }
  return true;
}

// A pipe that poll(2) calls writable takes PIPE_BUF bytes without blocking (pipe(7)), and takes
// them as one piece; so cut after a line end where there is one.
std::size_t DescriptorSink::write_limit(std::string_view text) const {
  if (!may_block_ || text.size() <= PIPE_BUF) return text.size();
  const std::size_t line_end = text.substr(0, PIPE_BUF).rfind('\n');
  return line_end == std::string_view::npos ? PIPE_BUF : line_end + 1;
}

bool DescriptorSink::wait_writable() {
  // In slices, so that a stop that begins meanwhile is noticed.
  for (int waited_ms = 0; waited_ms < kPatienceMs && !gave_up_; waited_ms += kLastPatienceMs) {
    pollfd output{fd_.get(), POLLOUT, 0};
    const int ready = ::poll(&output, 1, kLastPatienceMs);
    if (ready > 0) return (output.revents & POLLOUT) != 0;
    // What is still queued at the end must not each be waited for.
    gave_up_ = giving_up_.load(std::memory_order_relaxed);
  }
  return false;
}

}  // namespace pushgate::runtime
