#pragma once
// setup.hpp - what every connection of one client has in common.

#include <memory>
#include <utility>

#include "pushgate/redis/client.hpp"

#include "channel_link.hpp"
#include "link.hpp"

namespace pushgate::redis {

/// Made once by make_client, and shared with the client's subscribers.
struct Setup {
  RedisContext context;
  RedisSettings settings;
  std::shared_ptr<const TlsContext> tls;

  ConnectionSettings connection() const;
  LinkSettings link() const;
  ChannelLinkSettings channel_link() const;
  /// To a sentinel, which has a login of its own.
  ConnectionSettings sentinel_connection() const;

  TimePoint deadline(std::optional<std::chrono::milliseconds> timeout) const {
    return Clock::now() + timeout.value_or(settings.command_timeout);
  }
};

using SharedSetup = std::shared_ptr<const Setup>;

}  // namespace pushgate::redis
