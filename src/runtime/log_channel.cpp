// log_channel.cpp - one bounded queue, one writing thread, one output.

#include "runtime/log_channel.hpp"

#include <pthread.h>
#include <signal.h>

#include <spdlog/pattern_formatter.h>

#include "runtime/descriptor_sink.hpp"

namespace pushgate::runtime {

namespace {

// The process's signals are for the control thread.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Result<std::unique_ptr<LogChannel>> LogChannel::open(const LogChannelSettings& settings) {
  auto backlog = std::make_shared<LogBacklog>();
  auto sink = std::make_shared<DescriptorSink>(settings.file, settings.pattern.empty(), backlog);
  if (const ErrorCode ec = sink->open(settings.fallback_fd)) return ec;
  return std::unique_ptr<LogChannel>(new LogChannel(settings, std::move(sink), std::move(backlog)));
}

LogChannel::LogChannel(const LogChannelSettings& settings, std::shared_ptr<DescriptorSink> sink,
                       std::shared_ptr<LogBacklog> backlog)
    : max_messages_(settings.max_messages),
      max_bytes_(settings.max_bytes),
      backlog_(std::move(backlog)),
      sink_(std::move(sink)),
      pool_(std::make_shared<spdlog::details::thread_pool>(settings.max_messages, 1,
                                                           &block_signals)) {
  // The policy is for form's sake: post() never lets spdlog's queue become full.
  logger_ = std::make_shared<spdlog::async_logger>(settings.name, sink_, pool_,
                                                   spdlog::async_overflow_policy::overrun_oldest);
  logger_->set_level(spdlog::level::trace);
  if (!settings.pattern.empty()) {
    logger_->set_pattern(settings.pattern, spdlog::pattern_time_type::utc);
  }
}

LogChannel::~LogChannel() {
  sink_->give_up_soon();
  pool_.reset();
}

bool LogChannel::post(spdlog::level::level_enum level, std::string_view text,
                      std::uint64_t lines) noexcept {
  const std::size_t messages = backlog_->messages.fetch_add(1, std::memory_order_relaxed);
  const std::size_t bytes = backlog_->bytes.fetch_add(text.size(), std::memory_order_relaxed);
  // One slot stays free for the message that ends the writing thread.
  if (messages + 1 >= max_messages_ || bytes + text.size() > max_bytes_) {
    backlog_->bytes.fetch_sub(text.size(), std::memory_order_relaxed);
    backlog_->messages.fetch_sub(1, std::memory_order_relaxed);
    backlog_->dropped_lines.fetch_add(lines, std::memory_order_relaxed);
    return false;
  }
  logger_->log(level, spdlog::string_view_t{text.data(), text.size()});
  return true;
}

ErrorCode LogChannel::reopen() { return sink_->reopen(); }

}  // namespace pushgate::runtime
