#pragma once
// daemon_reader.hpp - a parsed pushgate.json as values.

#include "pushgate/config/daemon_config.hpp"

#include "config/document.hpp"
#include "config/reader.hpp"

namespace pushgate::config {

/// Reads and checks the whole document; what is wrong is recorded in it, and the value then has the
/// defaults in those places.
DaemonConfig read_daemon(Document& document);

/// The key "redisAdapter".
void read_redis(const Value& value, std::optional<RedisConfig>& out);

/// The key "identity".
void read_identity(const Value& value, IdentityConfig& out);

/// The key "hooks".
void read_hooks(const Value& value, HookConfig& out);

}  // namespace pushgate::config
