#include "app/daemon_logs.hpp"

#include <utility>

namespace pushgate::app {

namespace {

runtime::LogStyle style_of(config::LogFormat format) {
  return format == config::LogFormat::json ? runtime::LogStyle::json : runtime::LogStyle::text;
}

std::string cannot_open(const std::string& file, const ErrorCode& error) {
  return "cannot open " + file + ": " + error.message();
}

}  // namespace

runtime::LogLevel level_of(const config::DaemonConfig& daemon) {
  return runtime::parse_log_level(daemon.log.level).value_or(runtime::LogLevel::info);
}

std::optional<Logs> Logs::open(const config::DaemonConfig& daemon, std::string& problem) {
  Logs logs;
  Result<std::unique_ptr<runtime::Log>> log =
      runtime::Log::open({level_of(daemon), style_of(daemon.log.format), daemon.log.file});
  if (!log) {
    problem = cannot_open(daemon.log.file, log.error());
    return std::nullopt;
  }
  logs.log = std::move(*log);
  if (!daemon.access_log.enabled) return logs;
  Result<std::unique_ptr<runtime::AccessLog>> access =
      runtime::AccessLog::open({.file = daemon.access_log.file});
  if (!access) {
    problem = cannot_open(daemon.access_log.file, access.error());
    return std::nullopt;
  }
  logs.access = std::move(*access);
  return logs;
}

std::uint64_t Logs::dropped() const noexcept {
  return log->dropped() + (access != nullptr ? access->dropped() : 0);
}

}  // namespace pushgate::app
