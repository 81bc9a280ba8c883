#include "channel_link.hpp"

#include <utility>

#include "pushgate/redis/command.hpp"

namespace pushgate::redis {

ChannelLink::ChannelLink(const RedisContext& context, ChannelLinkSettings settings,
                         std::shared_ptr<Locator> locator, ChannelLinkEvents events)
    : context_(context),
      subscriptions_(settings.unsubscribe_delay, settings.cluster),
      events_(std::move(events)),
      connection_(std::make_shared<Connection>(context_, std::move(settings.connection),
                                               std::move(locator),
                                               static_cast<ConnectionUser&>(*this))),
      alarm_(context_.executor, [this] { on_alarm(); }) {}

ChannelLink::~ChannelLink() { stop(); }

void ChannelLink::start() { connection_->start(); }

void ChannelLink::stop() {
  connection_->stop();
  alarm_.stop();
  context_.metrics.channels.add(-std::exchange(counted_channels_, 0));
}

bool ChannelLink::subscribe(SubscriptionKind kind, std::string_view channel) {
  const bool confirmed = subscriptions_.want(kind, channel);
  if (subscriptions_.has_commands()) connection_->wake_writer();
  return confirmed;
}

void ChannelLink::unsubscribe(SubscriptionKind kind, std::string_view channel, bool at_once) {
  subscriptions_.unwant(kind, channel, Clock::now(), at_once);
  if (subscriptions_.has_commands()) connection_->wake_writer();
  alarm_.ask(subscriptions_.deadline());
  count();
}

void ChannelLink::on_up() {
  unsettled_ = subscriptions_.has_commands();
  if (events_.state) events_.state({.up = true});
}

void ChannelLink::on_down(const ConnectionState& state, bool /*was_up*/) {
  subscriptions_.disconnected();
  ping_wanted_ = false;
  count();
  if (events_.state) events_.state(state);
}

void ChannelLink::on_reply(Reply& reply) {
  const SubscriptionEvent event = subscriptions_.on_reply(reply);
  if (event.type == SubscriptionEvent::Type::message) {
    context_.metrics.messages.add();
    if (events_.message) events_.message(event.message);
    return;
  }
  count();
  on_event(event);
  if (connection_->stopped() || !unsettled_ || !subscriptions_.settled()) return;
  unsettled_ = false;
  if (events_.settled) events_.settled();
}

void ChannelLink::on_event(const SubscriptionEvent& event) {
  switch (event.type) {
    case SubscriptionEvent::Type::message:
    case SubscriptionEvent::Type::nothing:
      return;
    case SubscriptionEvent::Type::subscribed:
      if (events_.subscribed) events_.subscribed(event.kind, event.channel);
      return;
    case SubscriptionEvent::Type::lost:
      if (events_.refused) events_.refused(event.kind, {std::string{event.channel}}, {});
      return;
    case SubscriptionEvent::Type::refused:
      context_.metrics.error_replies.add();
      if (events_.refused && !event.refused.empty()) {
        events_.refused(event.kind, event.refused, event.error);
      }
      return;
    case SubscriptionEvent::Type::nonsense:
      connection_->reconnect("an answer that fits no subscription");
      return;
  }
}

void ChannelLink::fill(std::string& out) {
  if (std::exchange(ping_wanted_, false)) Command{"PING"}.append_to(out);
  if (!subscriptions_.has_commands()) return;
  subscriptions_.append_commands(out);
  unsettled_ = true;
  count();
}

void ChannelLink::on_silence() {
  ping_wanted_ = true;
  connection_->wake_writer();
}

void ChannelLink::on_alarm() {
  subscriptions_.expire(Clock::now());
  if (subscriptions_.has_commands()) connection_->wake_writer();
  alarm_.ask(subscriptions_.deadline());
}

void ChannelLink::count() {
  const auto channels = static_cast<std::int64_t>(subscriptions_.confirmed_count());
  context_.metrics.channels.add(channels - std::exchange(counted_channels_, channels));
}

}  // namespace pushgate::redis
