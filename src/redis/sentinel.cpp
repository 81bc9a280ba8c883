#include "sentinel.hpp"

#include <utility>

#include "await_reply.hpp"
#include "sentinel_replies.hpp"

namespace pushgate::redis {

namespace asio = boost::asio;

void SentinelLocator::open() {
  if (query_) return;
  const RedisSettings& settings = setup_->settings;
  query_ = std::make_shared<Link>(setup_->context,
                                  LinkSettings{.connection = setup_->sentinel_connection(),
                                               .when_down = WhenDown::wait,
                                               .max_queue_bytes = settings.max_queue_bytes},
                                  std::make_shared<RotatingLocator>(settings.sentinels));
  watch_ = std::make_unique<ChannelLink>(
      setup_->context, ChannelLinkSettings{.connection = setup_->sentinel_connection()},
      std::make_shared<RotatingLocator>(settings.sentinels),
      ChannelLinkEvents{.message = [this](const Message& message) { on_message(message); },
                        // What was switched before this, or during a gap, was not heard.
                        .settled = [this] { ask_again(); }});
  watch_->subscribe(SubscriptionKind::channel, kSwitchMaster);
  query_->start();
  watch_->start();
}

Command SentinelLocator::question() const {
  return Command{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", setup_->settings.master_name};
}

asio::awaitable<Result<ServerAddress>> SentinelLocator::locate() {
  const auto self = shared_from_this();
  const TimePoint deadline = Clock::now() + setup_->settings.connect_timeout;
  for (std::size_t asked = 0; asked < setup_->settings.sentinels.size(); ++asked) {
    open();
    const std::weak_ptr<Link> query = query_;
    const auto start = [&](ReplyCallback on_reply) {
      query_->send(question(), deadline, std::move(on_reply));
    };
    const Result<Reply> reply = co_await await_reply(start);
    if (reply) {
      if (const auto address = master_address(*reply)) co_return *address;
    }
    // Silent, or it does not know: another one may. (Unless it was closed meanwhile.)
    if (const auto link = query.lock()) {
      link->reconnect(reply ? "does not know the master" : reply.error().message());
    }
    if (!reply) co_return reply.error();
  }
  setup_->context.log.warn("no sentinel knows the master",
                           {{"master", setup_->settings.master_name}});
  co_return make_error_code(Error::not_connected);
}

std::shared_ptr<void> SentinelLocator::follow(const OnMoved& on_moved) {
  return followers_.add(on_moved, shared_from_this());
}

void SentinelLocator::close_if_unused() {
  if (!followers_.empty()) return;
  watch_.reset();
  if (const auto query = std::exchange(query_, nullptr)) query->stop();
}

void SentinelLocator::ask_again() {
  const TimePoint deadline = Clock::now() + setup_->settings.command_timeout;
  query_->send(question(), deadline, [this](const Result<Reply>& reply) {
    const auto address = reply ? master_address(*reply) : std::nullopt;
    if (address) followers_.tell(*address);
  });
}

void SentinelLocator::on_message(const Message& message) {
  const auto address = switched_master(message.payload, setup_->settings.master_name);
  if (!address) return;
  setup_->context.log.info("redis master switched", {{"master", setup_->settings.master_name},
                                                     {"server", address->to_string()}});
  followers_.tell(*address);
}

}  // namespace pushgate::redis
