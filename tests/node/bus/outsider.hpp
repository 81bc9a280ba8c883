#pragma once
// outsider.hpp - somebody on the same Redis who is none of our nodes: publishes bytes, listens to
// channels, answers if told to.

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "node/bus/bus_fixture.hpp"

namespace pushgate::node::test {

class Outsider {
 public:
  explicit Outsider(const RedisServer& server) : server_(server) {
    redis::RedisSettings settings;
    settings.server = server.address();
    client_ =
        redis::make_client({threads_[0].reactor().io().get_executor(), *log_, metrics_}, settings)
            .value();
    threads_.start();
    run([&] {
      client_->start();
      redis::SubscriberEvents events;
      events.message = [this](const redis::Message& message) { on_message(message); };
      events.subscribed = [this](redis::SubscriptionKind, std::string_view) { ++confirmed_; };
      subscriber_ = client_->make_subscriber(std::move(events));
    });
  }
  ~Outsider() {
    run([&] {
      subscriber_->stop();
      client_->stop();
    });
    threads_.stop();
    subscriber_.reset();
    client_.reset();
  }

  using Heard = std::vector<std::pair<std::string, std::string>>;  ///< channel and payload

  /// Returns once Redis has confirmed.
  void listen(const std::string& channel,
              redis::SubscriptionKind kind = redis::SubscriptionKind::channel) {
    const int before = confirmed_;
    run([&] { subscriber_->subscribe(kind, channel); });
    EXPECT_TRUE(eventually([&] { return confirmed_ > before; }));
  }
  /// Called for each message, on the outsider's thread.
  std::function<void(const std::string& channel, const std::string& payload)> on_heard;

  Heard heard() const {
    const std::lock_guard lock{mutex_};
    return heard_;
  }
  void publish(const std::string& channel, const std::string& payload) {
    server_.command({"PUBLISH", channel, payload});
  }

 private:
  template <class Work>
  void run(Work work) {
    std::promise<void> done;
    threads_[0].post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  void on_message(const redis::Message& message) {
    const std::string channel{message.channel};
    const std::string payload{message.payload};
    {
      const std::lock_guard lock{mutex_};
      heard_.emplace_back(channel, payload);
    }
    if (on_heard) on_heard(channel, payload);
  }

  const RedisServer& server_;
  pushgate::test::TempFolder folder_;
  std::unique_ptr<runtime::Log> log_ =
      runtime::Log::open({.level = runtime::LogLevel::debug, .file = folder_.file("log")}).value();
  redis::RedisMetrics metrics_;
  runtime::IoThreads threads_{1, [](std::string_view) { std::abort(); }};
  std::unique_ptr<redis::Client> client_;
  std::unique_ptr<redis::Subscriber> subscriber_;
  std::atomic<int> confirmed_{0};
  mutable std::mutex mutex_;
  Heard heard_;
};

}  // namespace pushgate::node::test
