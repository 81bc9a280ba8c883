#pragma once
// load.hpp - from files to validated values. Every error of every file is reported in one run.

#include <functional>
#include <string>
#include <string_view>

#include "pushgate/base/ip_address.hpp"
#include "pushgate/base/result.hpp"
#include "pushgate/config/daemon_config.hpp"
#include "pushgate/config/diagnostics.hpp"
#include "pushgate/config/router_config.hpp"
#include "pushgate/config/source.hpp"

namespace pushgate::config {

/// Answers the address of a host name. Called only for names, never for numeric addresses, and once
/// for each name of a load.
using Resolver = std::function<Result<IpAddress>(const std::string& host)>;

/// getaddrinfo(3), which may block for seconds. Of several addresses it takes the lowest IPv4 one,
/// or else the lowest IPv6 one, so that a name server's rotation does not look like a change.
Resolver system_resolver();

struct LoadOptions {
  Environment environment = process_environment();
  Resolver resolver = system_resolver();
};

/// Both files of one configuration.
struct Config {
  DaemonConfig daemon;
  RouterConfig router;
};

/// Reads and validates pushgate.json. `router_file` is made relative to the folder of `path`.
/// May block (files, name resolution); call it on the control thread. Never throws on bad input.
Loaded<DaemonConfig> load_daemon_config(const std::string& path, const LoadOptions& options = {});

/// The same from text; `path` names the file in diagnostics and places the router file.
Loaded<DaemonConfig> load_daemon_text(std::string_view text, const std::string& path,
                                      const LoadOptions& options = {});

/// Reads and validates a router file. Costs and errors as above.
Loaded<RouterConfig> load_router_config(const std::string& path, const DaemonConfig& daemon,
                                        const LoadOptions& options = {});

Loaded<RouterConfig> load_router_text(std::string_view text, const std::string& path,
                                      const DaemonConfig& daemon, const LoadOptions& options = {});

/// The table of a configuration without a router file, as gopush starts its own servers:
/// "default" on 127.0.0.1, ports serverPortStart … serverPortStart + serverWorkers - 1.
/// Empty if serverWorkers is 0.
RouterConfig default_router_config(const DaemonConfig& daemon);

/// Both files: the table is read from `daemon.router_file`; if the key "router" is absent and that
/// file does not exist, default_router_config stands in, provided serverWorkers is not 0.
/// The diagnostics are those of both files, pushgate.json first.
Loaded<Config> load_all(const std::string& path, const LoadOptions& options = {});

}  // namespace pushgate::config
