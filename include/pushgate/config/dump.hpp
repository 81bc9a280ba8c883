#pragma once
// dump.hpp - the configuration in effect, as text that the loader reads back.

#include <string>
#include <string_view>

#include "pushgate/config/daemon_config.hpp"
#include "pushgate/config/router_config.hpp"

namespace pushgate::config {

/// pushgate.json with every key and its value in effect, defaults included; units as people write
/// them; secrets replaced by `kRedacted`. Loading it gives the same values, secrets apart.
/// `agentPort` appears as the entry of `listeners` that it stands for; `router` is left out while
/// it has its default, and is absolute otherwise. Indented JSON, ends with a newline.
std::string dump_daemon(const DaemonConfig& daemon);

/// The table in full form: every product an object with `backends`, its hash policy, timeouts and
/// retries in effect. Loading it gives the same table.
std::string dump_router(const RouterConfig& router, const DaemonConfig& daemon);

/// As in the files: "rendezvous", "ketama", "maglev", "modulo".
std::string_view to_string(HashKind kind) noexcept;
/// "off", "required", "trusted".
std::string_view to_string(ProxyProtocolMode mode) noexcept;

}  // namespace pushgate::config
