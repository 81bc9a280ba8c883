#pragma once
// load.hpp - from files to validated values. Every error of every file is reported in one run.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/endpoint.hpp"
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

/// Who reads the configuration. It decides what has to be there beside pushgate.json.
enum class Role : std::uint8_t {
  agent,  ///< a table, or servers on this host
  node,   ///< nothing: the table is not read
  up,     ///< a table, or else its own nodes are the table
};

struct LoadOptions {
  Environment environment = process_environment();
  Resolver resolver = system_resolver();
  Role role = Role::agent;
};

/// Both files of one configuration.
struct Config {
  DaemonConfig daemon;
  RouterConfig router;
  /// Role `up` without a table: `router` is empty, and the nodes of the process belong there; see
  /// local_router_config.
  bool routes_to_own_nodes = false;
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

/// Where the servers of this host are expected: `count` endpoints from serverPortStart on, or that
/// many with port 0.
std::vector<Endpoint> local_servers(const DaemonConfig& daemon, unsigned count);

/// The product "default" with these nodes. One that listens on all addresses is reached through the
/// loopback address. The id of a node is its address, so that it does not depend on how many there
/// are. Nodes whose port is not known yet (0) are left out.
RouterConfig local_router_config(const std::vector<Endpoint>& nodes);

/// Both files: the table is read from `daemon.router_file`. If the key "router" is absent and that
/// file does not exist, the role decides: an agent takes serverWorkers servers on this host, as
/// gopush starts its own, provided it is not 0; `up` takes its own nodes.
/// The diagnostics are those of both files, pushgate.json first.
Loaded<Config> load_all(const std::string& path, const LoadOptions& options = {});

/// What `pushgate up` runs without a file: config/up.json, which is built into the program. No
/// router file is looked for. `options.role` counts as `up`.
Loaded<Config> load_preset(LoadOptions options = {});

/// The text of the preset.
std::string_view preset_text() noexcept;

/// The name of the preset in diagnostics and logs.
inline constexpr std::string_view kPresetName = "up.json (built in)";

}  // namespace pushgate::config
