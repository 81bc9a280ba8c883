// access_log.cpp - how one line per request leaves an io thread for less than a microsecond.

#include "pushgate/runtime/access_log.hpp"

#include <algorithm>

#include "runtime/log_channel.hpp"

namespace pushgate::runtime {

struct AccessLog::Impl {
  std::unique_ptr<LogChannel> channel;
};

Result<std::unique_ptr<AccessLog>> AccessLog::open(const AccessLogSettings& settings) {
  LogChannelSettings channel_settings;
  channel_settings.name = "access";
  channel_settings.file = settings.file;
  channel_settings.fallback_fd = 1;
  channel_settings.max_bytes = settings.max_queued_bytes;
  auto channel = LogChannel::open(channel_settings);
  if (!channel) return channel.error();
  return std::unique_ptr<AccessLog>(
      new AccessLog(std::make_unique<Impl>(Impl{std::move(*channel)})));
}

AccessLog::AccessLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

AccessLog::~AccessLog() = default;

void AccessLog::write(std::string_view lines) noexcept {
  const auto count = std::count(lines.begin(), lines.end(), '\n');
  impl_->channel->post(spdlog::level::info, lines, static_cast<std::uint64_t>(count));
}

ErrorCode AccessLog::reopen() { return impl_->channel->reopen(); }

std::uint64_t AccessLog::dropped() const noexcept { return impl_->channel->dropped_lines(); }

}  // namespace pushgate::runtime
