#include "single_client.hpp"

#include <utility>

namespace pushgate::redis {

SingleClient::SingleClient(SharedSetup setup, std::shared_ptr<Locator> locator)
    : setup_(std::move(setup)),
      locator_(std::move(locator)),
      link_(setup_->context, setup_->link(), locator_),
      following_(follow(*locator_, link_)) {
  link_.on_state([this](const ConnectionState& state) { state_.update(state); });
}

void SingleClient::stop() {
  following_.reset();
  link_.stop();
}

void SingleClient::execute(Command command, std::string_view /*key*/, ReplyCallback on_reply,
                           std::optional<std::chrono::milliseconds> timeout) {
  setup_->context.metrics.commands.add();
  link_.send(std::move(command), setup_->deadline(timeout), std::move(on_reply));
}

void SingleClient::execute_everywhere(Command command, RepliesCallback on_replies,
                                      std::optional<std::chrono::milliseconds> timeout) {
  execute(
      std::move(command), {},
      [on_replies = std::move(on_replies)](Result<Reply> reply) {
        if (on_replies) on_replies({std::move(reply)});
      },
      timeout);
}

std::unique_ptr<Subscriber> SingleClient::make_subscriber(SubscriberEvents events) {
  return std::make_unique<SingleSubscriber>(setup_, locator_, std::move(events));
}

SingleSubscriber::SingleSubscriber(SharedSetup setup, const std::shared_ptr<Locator>& locator,
                                   SubscriberEvents events)
    : setup_(std::move(setup)),
      events_(std::move(events)),
      state_(events_.state),
      link_(setup_->context, setup_->channel_link(), locator, link_events()),
      following_(follow(*locator, link_)) {}

ChannelLinkEvents SingleSubscriber::link_events() {
  return {.message = events_.message,
          .subscribed = events_.subscribed,
          .refused = [this](SubscriptionKind kind, const std::vector<std::string>& channels,
                            const std::string& error) { on_refused(kind, channels, error); },
          .settled = [this] { on_settled(); },
          .state = [this](const ConnectionState& state) { on_state(state); }};
}

bool SingleSubscriber::subscribe(SubscriptionKind kind, std::string_view channel) {
  const bool confirmed = link_.subscribe(kind, channel);
  if (!std::exchange(started_, true)) link_.start();
  return confirmed;
}

void SingleSubscriber::unsubscribe(SubscriptionKind kind, std::string_view channel) {
  link_.unsubscribe(kind, channel);
}

void SingleSubscriber::stop() {
  following_.reset();
  link_.stop();
}

void SingleSubscriber::on_state(const ConnectionState& state) {
  if (state_.up() && !state.up) gap_ = true;
  if (state.up && wanted_count() == 0) gap_ = false;  // nobody missed anything
  state_.update(state);
}

void SingleSubscriber::on_refused(SubscriptionKind kind, const std::vector<std::string>& channels,
                                  const std::string& error) {
  if (error.empty()) {
    gap_ = true;
    for (const std::string& channel : channels) link_.subscribe(kind, channel);
    return;
  }
  setup_->context.log.warn("redis refused a subscription",
                           {{"channel", channels.front()}, {"error", error}});
}

void SingleSubscriber::on_settled() {
  if (!std::exchange(gap_, false)) return;
  setup_->context.metrics.gaps.add();
  if (events_.gap) events_.gap();
}

}  // namespace pushgate::redis
