#pragma once
// single_client.hpp - a client and its subscribers of one server, be it fixed or the master that
// sentinels name.

#include <memory>
#include <utility>

#include "setup.hpp"
#include "state_changes.hpp"

namespace pushgate::redis {

class SingleClient final : public Client {
 public:
  SingleClient(SharedSetup setup, std::shared_ptr<Locator> locator);

  void start() override { link_.start(); }
  void stop() override;
  void execute(Command command, std::string_view key, ReplyCallback on_reply,
               std::optional<std::chrono::milliseconds> timeout) override;
  void execute_everywhere(Command command, RepliesCallback on_replies,
                          std::optional<std::chrono::milliseconds> timeout) override;
  std::unique_ptr<Subscriber> make_subscriber(SubscriberEvents events) override;
  void on_state(std::function<void(const ConnectionState&)> callback) override {
    state_.set_callback(std::move(callback));
  }
  bool is_up() const override { return link_.up(); }

 private:
  SharedSetup setup_;
  std::shared_ptr<Locator> locator_;
  StateChanges state_;
  Link link_;
  std::shared_ptr<void> following_;
};

class SingleSubscriber final : public Subscriber {
 public:
  SingleSubscriber(SharedSetup setup, const std::shared_ptr<Locator>& locator,
                   SubscriberEvents events);

  bool subscribe(SubscriptionKind kind, std::string_view channel) override;
  void unsubscribe(SubscriptionKind kind, std::string_view channel) override;
  std::size_t wanted_count() const override { return link_.subscriptions().wanted_count(); }
  std::size_t confirmed_count() const override { return link_.subscriptions().confirmed_count(); }
  void stop() override;

 private:
  ChannelLinkEvents link_events();
  void on_state(const ConnectionState& state);
  void on_refused(SubscriptionKind kind, const std::vector<std::string>& channels,
                  const std::string& error);
  void on_settled();

  SharedSetup setup_;
  SubscriberEvents events_;
  StateChanges state_;
  ChannelLink link_;
  std::shared_ptr<void> following_;
  bool started_ = false;
  bool gap_ = false;  // messages may have been missed, and nobody has been told yet
};

/// Calls `link` whenever the locator says that the server has moved elsewhere.
template <class AnyLink>
std::shared_ptr<void> follow(Locator& locator, AnyLink& link) {
  return locator.follow([&link](const ServerAddress& now_at) {
    if (link.address() != now_at) link.reconnect("the master is now " + now_at.to_string());
  });
}

}  // namespace pushgate::redis
