#pragma once
// log.hpp - what the program says about itself: levels, fields, one line per event, never blocking.
//
// A line is a fixed message and fields: log.warn("connect failed", {{"node", id}, {"error",
// text}}). The message never contains values, so it can be searched for and counted.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "pushgate/base/result.hpp"

namespace pushgate::runtime {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error };

/// "trace", "debug", "info", "warn" or "error"; nullopt for anything else.
std::optional<LogLevel> parse_log_level(std::string_view name) noexcept;
std::string_view to_string(LogLevel level) noexcept;

enum class LogStyle : std::uint8_t {
  text,  ///< 2026-01-31T08:00:00.123Z info listening address=0.0.0.0:6003
  /// {"time":"2026-01-31T08:00:00.123Z","level":"info","message":"listening","address":"..."}
  json,
};

/// A named value. Text is only viewed: it must live until the call that logs it returns, as a
/// temporary in the argument list does.
class LogField {
 public:
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  LogField(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  LogField(std::string_view key, const std::string& value)
      : key_(key), value_(std::string_view{value}) {}
  LogField(std::string_view key, const char* value) : key_(key), value_(std::string_view{value}) {}
  LogField(std::string_view key, double value) : key_(key), value_(value) {}
  template <class T>
  requires std::same_as<T, bool> LogField(std::string_view key, T value)
      : key_(key), value_(value) {}
  template <std::signed_integral T>
  LogField(std::string_view key, T value) : key_(key), value_(static_cast<std::int64_t>(value)) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) LogField(std::string_view key, T value)
      : key_(key), value_(static_cast<std::uint64_t>(value)) {}

  std::string_view key() const noexcept { return key_; }
  const Value& value() const noexcept { return value_; }

 private:
  std::string_view key_;
  Value value_;
};

using LogFields = std::initializer_list<LogField>;

/// The message and its fields in the given style, without time, level and line end. Control
/// characters are escaped, so a value that came from the network cannot forge a second line.
std::string format_log_line(LogStyle style, std::string_view message, LogFields fields);

struct LogSettings {
  LogLevel level = LogLevel::info;
  LogStyle style = LogStyle::text;
  std::string file;  ///< appended to, mode 0640; empty: standard error
};

/// The program's log. A line is formatted by the caller and written by the log's own thread. The
/// queue in between is bounded; when it is full the newest line is discarded and counted, and the
/// next line that fits is preceded by one that says how many were lost. Nothing ever waits for it.
///
/// All members may be called on any thread. The destructor writes what is queued, but gives up on
/// an output that accepts nothing (a pipe whose reader stands still).
class Log {
 public:
  static Result<std::unique_ptr<Log>> open(const LogSettings& settings);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  bool enabled(LogLevel level) const noexcept;
  /// Takes effect for the next line; a reload may change it.
  void set_level(LogLevel level) noexcept;

  void write(LogLevel level, std::string_view message, LogFields fields = {}) noexcept;
  void debug(std::string_view message, LogFields fields = {}) noexcept;
  void info(std::string_view message, LogFields fields = {}) noexcept;
  void warn(std::string_view message, LogFields fields = {}) noexcept;
  void error(std::string_view message, LogFields fields = {}) noexcept;

  /// Opens the file by its name again, for rotation (SIGUSR1); the old file stays in use if that
  /// fails. Nothing to do for standard error. Waits for a write in progress.
  ErrorCode reopen();

  /// Lines discarded because the queue was full or could not be written.
  std::uint64_t dropped() const noexcept;

 private:
  struct Impl;
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pushgate::runtime
