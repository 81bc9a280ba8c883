// log.cpp - what the program says about itself: levels, fields, one line per event, never blocking.

#include "pushgate/runtime/log.hpp"

#include <array>
#include <atomic>

#include "runtime/log_channel.hpp"

namespace pushgate::runtime {

namespace {

constexpr std::array<std::string_view, 5> kLevelNames{"trace", "debug", "info", "warn", "error"};

constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %v";
constexpr const char* kJsonPattern = "{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",%v}";

// spdlog's own name for a level ("warning") is not ours, so our text carries it.
std::string with_level(LogStyle style, LogLevel level, std::string_view message, LogFields fields) {
  std::string line;
  if (style == LogStyle::json) {
    line.append(R"("level":")").append(to_string(level)).append("\",");
  } else {
    line.append(to_string(level)).push_back(' ');
  }
  return line.append(format_log_line(style, message, fields));
}

}  // namespace

struct Log::Impl {
  std::unique_ptr<LogChannel> channel;
  LogStyle style;
  std::atomic<LogLevel> level;
  std::atomic<std::uint64_t> reported_drops{0};

  void post(LogLevel at, std::string_view message, LogFields fields) {
    const std::string line = with_level(style, at, message, fields);
    channel->post(static_cast<spdlog::level::level_enum>(at), line, 1);
  }

  void report_drops() {
    const std::uint64_t dropped = channel->dropped_lines();
    std::uint64_t reported = reported_drops.load(std::memory_order_relaxed);
    if (dropped == reported) return;
    // Only one of several threads reports; it may be lost in its turn, and the count goes on.
    if (reported_drops.compare_exchange_strong(reported, dropped)) {
      post(LogLevel::warn, "log lines lost", {{"lines", dropped - reported}});
    }
  }
};

std::optional<LogLevel> parse_log_level(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

std::string_view to_string(LogLevel level) noexcept {
  return kLevelNames[static_cast<std::size_t>(level)];
}

Result<std::unique_ptr<Log>> Log::open(const LogSettings& settings) {
  LogChannelSettings channel_settings;
  channel_settings.name = "main";
  channel_settings.file = settings.file;
  channel_settings.pattern = settings.style == LogStyle::json ? kJsonPattern : kTextPattern;
  auto channel = LogChannel::open(channel_settings);
  if (!channel) return channel.error();
  return std::unique_ptr<Log>(new Log(
      std::unique_ptr<Impl>(new Impl{std::move(*channel), settings.style, {settings.level}, {0}})));
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Log::~Log() = default;

bool Log::enabled(LogLevel level) const noexcept {
  return level >= impl_->level.load(std::memory_order_relaxed);
}

void Log::set_level(LogLevel level) noexcept {
  impl_->level.store(level, std::memory_order_relaxed);
}

void Log::write(LogLevel level, std::string_view message, LogFields fields) noexcept {
  if (!enabled(level)) return;
  impl_->report_drops();
  impl_->post(level, message, fields);
}

void Log::debug(std::string_view message, LogFields fields) noexcept {
  write(LogLevel::debug, message, fields);
}

void Log::info(std::string_view message, LogFields fields) noexcept {
  write(LogLevel::info, message, fields);
}

void Log::warn(std::string_view message, LogFields fields) noexcept {
  write(LogLevel::warn, message, fields);
}

void Log::error(std::string_view message, LogFields fields) noexcept {
  write(LogLevel::error, message, fields);
}

ErrorCode Log::reopen() { return impl_->channel->reopen(); }

std::uint64_t Log::dropped() const noexcept { return impl_->channel->dropped_lines(); }

}  // namespace pushgate::runtime
