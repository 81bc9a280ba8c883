#pragma once
// bus_factory.hpp - the bus that a configuration asks for.

#include <memory>
#include <string>

#include "pushgate/base/result.hpp"
#include "pushgate/config/daemon_config.hpp"
#include "pushgate/node/bus/bus.hpp"
#include "pushgate/redis/metrics.hpp"
#include "pushgate/redis/settings.hpp"
#include "pushgate/runtime/io_threads.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::node {

/// What a bus is made of beside the configuration. All outlive the bus thread's end.
struct BusContext {
  runtime::IoThread& thread;
  runtime::Log& log;
  redis::RedisMetrics& metrics;
  std::string process_name;  ///< what other processes call this one
  std::string uid{};         ///< and what it is called in streams; empty: made up
};

/// Is the stream of the bus the log of the store, too? Of several streams none is.
bool stream_is_log(const config::DaemonConfig& daemon) noexcept;

/// Without `redisAdapter` the nodes of the process among themselves. Fails if files that TLS needs
/// cannot be read; an absent Redis is no failure, it may come.
Result<std::unique_ptr<Bus>> make_bus(const config::DaemonConfig& daemon,
                                      const BusContext& context);

}  // namespace pushgate::node
