#include "setup.hpp"

namespace pushgate::redis {

ConnectionSettings Setup::connection() const {
  ConnectionSettings made;
  made.times = {.connect_timeout = settings.connect_timeout,
                .liveness = settings.liveness,
                .ping_timeout = settings.ping_timeout,
                .backoff_min = settings.backoff_min,
                .backoff_max = settings.backoff_max};
  made.handshake = {.username = settings.username,
                    .password = settings.password,
                    .database = settings.database,
                    .client_name = settings.client_name,
                    .must_be_master = settings.topology == Topology::sentinel};
  made.tls = tls;
  made.max_reply_bytes = settings.max_reply_bytes;
  return made;
}

ConnectionSettings Setup::sentinel_connection() const {
  ConnectionSettings made = connection();
  made.handshake = {.username = settings.sentinel_username,
                    .password = settings.sentinel_password,
                    .client_name = settings.client_name};
  return made;
}

LinkSettings Setup::link() const {
  return {.connection = connection(),
          .when_down = settings.when_down,
          .max_queue_bytes = settings.max_queue_bytes};
}

ChannelLinkSettings Setup::channel_link() const {
  return {.connection = connection(),
          .unsubscribe_delay = settings.unsubscribe_delay,
          .cluster = settings.topology == Topology::cluster};
}

}  // namespace pushgate::redis
