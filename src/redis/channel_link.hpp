#pragma once
// channel_link.hpp - channels over one kept connection: all that are wanted are subscribed whenever
// it is up.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "subscriptions.hpp"

namespace pushgate::redis {

/// Called on the link's thread. They may call every member of the link, but not destroy it.
struct ChannelLinkEvents {
  std::function<void(const Message&)> message;
  std::function<void(SubscriptionKind, std::string_view channel)> subscribed;
  /// Channels that are wanted and that this server does not serve: it said so (`error`), or it
  /// ended the subscription by itself (`error` is empty). They are not asked for again before the
  /// next reconnect, or the next call of subscribe.
  std::function<void(SubscriptionKind, const std::vector<std::string>&, const std::string& error)>
      refused;
  /// Everything sent so far is answered.
  std::function<void()> settled;
  std::function<void(const ConnectionState&)> state;
};

struct ChannelLinkSettings {
  ConnectionSettings connection;
  Clock::duration unsubscribe_delay{};
  bool cluster = false;  ///< channels of an SSUBSCRIBE must have one slot
};

class ChannelLink final : private ConnectionUser {
 public:
  ChannelLink(const RedisContext& context, ChannelLinkSettings settings,
              std::shared_ptr<Locator> locator, ChannelLinkEvents events);
  ChannelLink(const ChannelLink&) = delete;
  ChannelLink& operator=(const ChannelLink&) = delete;
  ~ChannelLink();

  void start();
  void stop();

  bool subscribe(SubscriptionKind kind, std::string_view channel);
  void unsubscribe(SubscriptionKind kind, std::string_view channel, bool at_once = false);

  bool up() const noexcept { return connection_->up(); }
  /// Up, and everything is answered.
  bool settled() const noexcept { return up() && subscriptions_.settled(); }
  const Subscriptions& subscriptions() const noexcept { return subscriptions_; }
  const ServerAddress& address() const noexcept { return connection_->address(); }
  void reconnect(const std::string& reason) { connection_->reconnect(reason); }

 private:
  void on_up() override;
  void on_down(const ConnectionState& state, bool was_up) override;
  void on_reply(Reply& reply) override;
  void fill(std::string& out) override;
  void on_silence() override;

  void on_event(const SubscriptionEvent& event);
  void on_alarm();
  void count();

  RedisContext context_;
  Subscriptions subscriptions_;
  ChannelLinkEvents events_;
  std::shared_ptr<Connection> connection_;
  Alarm alarm_;
  bool ping_wanted_ = false;
  bool unsettled_ = false;  // `settled` is owed
  std::int64_t counted_channels_ = 0;
};

}  // namespace pushgate::redis
