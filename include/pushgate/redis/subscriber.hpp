#pragma once
// subscriber.hpp - messages of channels, through every reconnect.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "pushgate/base/result.hpp"

namespace pushgate::redis {

enum class SubscriptionKind : std::uint8_t {
  channel,  ///< SUBSCRIBE
  pattern,  ///< PSUBSCRIBE
  shard,    ///< SSUBSCRIBE (Redis 7): in a cluster only the shard of the channel's slot has it
};

/// One published message. Views are valid during the call that hands it over.
struct Message {
  SubscriptionKind kind = SubscriptionKind::channel;
  std::string_view channel;
  std::string_view payload;
  std::string_view pattern;  ///< what matched; empty unless kind is pattern
};

/// Whether there is a connection that works.
struct ConnectionState {
  bool up = false;
  ErrorCode error;     ///< why not; no error if up
  std::string reason;  ///< the same for people: "127.0.0.1:6379: WRONGPASS invalid ..."
};

/// Called on the subscriber's thread. Any may be empty. They may call every member of the
/// subscriber, `stop` included, but not destroy it.
struct SubscriberEvents {
  std::function<void(const Message&)> message;
  /// Redis has confirmed: from now on messages of this channel arrive. Called again when it is
  /// confirmed anew after a reconnect.
  std::function<void(SubscriptionKind, std::string_view channel)> subscribed;
  /// Messages may have been missed, and all channels wanted now are confirmed again: whoever can
  /// read a history should do it now. Never called for the first connection.
  std::function<void()> gap;
  /// Changes only. With a cluster: up while every connection that is needed is.
  std::function<void(const ConnectionState&)> state;
};

/// A set of wanted channels, kept subscribed. Made by Client::make_subscriber; has connections of
/// its own, because a subscribed RESP2 connection can do nothing else.
///
/// Lives on its client's thread. Delivery is at most once: what is published while the connection
/// is down is gone, which `gap` tells.
class Subscriber {
 public:
  virtual ~Subscriber() = default;

  /// Adds to the wanted set; no effect if it is there. True if messages already arrive (the channel
  /// was wanted before, or is not yet given up): then `subscribed` is not called for it.
  /// All calls of one turn of the loop go out in batches of up to 512 channels.
  virtual bool subscribe(SubscriptionKind kind, std::string_view channel) = 0;
  /// Takes it out of the set. Redis is told after `unsubscribe_delay`; until then messages of it
  /// may still be handed over.
  virtual void unsubscribe(SubscriptionKind kind, std::string_view channel) = 0;

  /// Channels wanted, of all kinds.
  virtual std::size_t wanted_count() const = 0;
  /// Channels wanted and confirmed.
  virtual std::size_t confirmed_count() const = 0;

  /// Closes the connections; no event is called from here on. Idempotent.
  virtual void stop() = 0;
};

}  // namespace pushgate::redis
