#include "app/restart_keys.hpp"

namespace pushgate::app {

std::vector<std::string> process_restart_keys(const config::DaemonConfig& running,
                                              const config::DaemonConfig& loaded) {
  std::vector<std::string> keys;
  if (running.admin != loaded.admin) keys.emplace_back("admin");
  if (running.log.file != loaded.log.file || running.log.format != loaded.log.format) {
    keys.emplace_back("log");
  }
  const config::AccessLogConfig& before = running.access_log;
  const config::AccessLogConfig& after = loaded.access_log;
  if (before.enabled != after.enabled || before.file != after.file) keys.emplace_back("accessLog");
  return keys;
}

}  // namespace pushgate::app
