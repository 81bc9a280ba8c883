#pragma once
// redis_server.hpp - a Redis of the test's own, on a port that the kernel chose, gone with the
// test.

#include <csignal>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "pushgate/base/unique_fd.hpp"
#include "pushgate/redis/reply.hpp"
#include "pushgate/redis/settings.hpp"

#include "support/temp_folder.hpp"

namespace pushgate::test {

/// A TCP port that nobody else is given while this lives, though whoever asks for it by number may
/// listen there.
class ReservedPort {
 public:
  ReservedPort();
  unsigned number() const { return number_; }

 private:
  UniqueFd holder_;
  unsigned number_ = 0;
};

/// Starts redis-server without persistence and waits until it answers. Throws if it does not.
/// What it prints is in the file "output" of its folder. It ends with the test's process at the
/// latest.
class RedisServer {
 public:
  /// `arguments` as redis-server takes them on its command line, after those that every server
  /// here has.
  explicit RedisServer(std::vector<std::string> arguments = {});
  /// With a configuration file of this content.
  RedisServer(std::vector<std::string> arguments, std::string_view config);
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  unsigned port() const { return port_.number(); }
  std::string port_text() const { return std::to_string(port()); }
  redis::ServerAddress address() const;
  std::string unix_path() const { return folder_.file("socket"); }
  const TempFolder& folder() const { return folder_; }
  std::string output() const { return folder_.read("output"); }
  pid_t pid() const { return pid_; }

  /// Ends the process (SIGTERM, or SIGKILL) and waits for its end.
  void stop() { end_with(SIGTERM); }
  void kill() { end_with(SIGKILL); }
  /// Starts it again, at the same port and empty.
  void start();
  /// Another process for the same server: what it was given plus these.
  void start_with(const std::vector<std::string>& more);
  /// Stands still, and goes on.
  void freeze();
  void thaw();

  /// Runs a command over a connection of its own, with hiredis' own client, and waits for the
  /// answer. Throws if there is none.
  redis::Reply command(std::initializer_list<std::string_view> words) const;
  /// What later connections of `command` log in with.
  void log_in_with(std::string password) { password_ = std::move(password); }

 private:
  void end_with(int signal);
  void wait_until_ready();

  TempFolder folder_;
  ReservedPort port_;
  std::string config_file_;  // empty: none
  std::vector<std::string> arguments_;
  std::string password_;
  pid_t pid_ = -1;
};

}  // namespace pushgate::test
