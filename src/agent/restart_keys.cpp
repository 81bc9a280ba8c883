#include "agent/restart_keys.hpp"

#include <algorithm>

namespace pushgate::agent {

namespace {

bool same_listeners(const std::vector<config::ListenerConfig>& a,
                    const std::vector<config::ListenerConfig>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.address == y.address && x.proxy_protocol == y.proxy_protocol;
  });
}

}  // namespace

std::vector<std::string> keys_that_need_restart(const config::DaemonConfig& running,
                                                const config::DaemonConfig& loaded) {
  std::vector<std::string> keys;
  if (!same_listeners(running.listeners, loaded.listeners)) keys.emplace_back("listeners");
  if (running.agent_workers != loaded.agent_workers) keys.emplace_back("agentWorkers");
  if (running.limits.max_connections != loaded.limits.max_connections) {
    keys.emplace_back("limits.maxConnections");
  }
  return keys;
}

}  // namespace pushgate::agent
