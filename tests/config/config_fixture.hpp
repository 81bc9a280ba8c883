#pragma once
// config_fixture.hpp - loads configuration texts with an environment and name server of the test's
// own.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "pushgate/config/load.hpp"

#include "support/temp_folder.hpp"

namespace pushgate::config::test {

/// Variables and host names as the test says; nothing of the machine it runs on.
struct World {
  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> hosts{{"localhost", "127.0.0.1"}};

  LoadOptions options() const {
    LoadOptions out;
    out.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
    out.resolver = [this](const std::string& host) -> Result<IpAddress> {
      const auto found = hosts.find(host);
      if (found != hosts.end()) return *IpAddress::parse(found->second);
      return boost::system::errc::make_error_code(boost::system::errc::host_unreachable);
    };
    return out;
  }
};

inline Loaded<DaemonConfig> daemon(std::string_view text, const World& world = {}) {
  return load_daemon_text(text, "pushgate.json", world.options());
}

inline Loaded<RouterConfig> router(std::string_view text, const World& world = {}) {
  return load_router_text(text, "router.json", DaemonConfig{}, world.options());
}

template <class T>
std::string errors(const Loaded<T>& loaded) {
  std::string out;
  for (const Diagnostic& diagnostic : loaded.diagnostics) out += to_string(diagnostic) + '\n';
  return out;
}

using pushgate::test::TempFolder;

}  // namespace pushgate::config::test
