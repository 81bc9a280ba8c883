#pragma once
// daemon_logs.hpp - the two logs of a daemon, as the configuration wants them.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "pushgate/config/daemon_config.hpp"
#include "pushgate/runtime/access_log.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::app {

struct Logs {
  std::unique_ptr<runtime::Log> log;
  std::unique_ptr<runtime::AccessLog> access;  ///< nullptr: there is none

  /// nullopt, and words in `problem`, if a file cannot be opened.
  static std::optional<Logs> open(const config::DaemonConfig& daemon, std::string& problem);
  std::uint64_t dropped() const noexcept;
};

runtime::LogLevel level_of(const config::DaemonConfig& daemon);

}  // namespace pushgate::app
