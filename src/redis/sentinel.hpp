#pragma once
// sentinel.hpp - where the master is, as sentinels know it.

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "followers.hpp"
#include "setup.hpp"

namespace pushgate::redis {

/// One address after the other, beginning with the first.
class RotatingLocator final : public Locator {
 public:
  explicit RotatingLocator(std::vector<ServerAddress> addresses)
      : addresses_(std::move(addresses)) {}
  boost::asio::awaitable<Result<ServerAddress>> locate() override {
    co_return addresses_[next_++ % addresses_.size()];
  }

 private:
  std::vector<ServerAddress> addresses_;
  std::size_t next_ = 0;
};

/// Has two connections to sentinels while somebody follows or asks: one to ask, and one that
/// listens to +switch-master. If a sentinel is away, silent, or does not know the master, the next
/// one is asked. Shared by a client and its subscribers.
class SentinelLocator final : public Locator, public std::enable_shared_from_this<SentinelLocator> {
 public:
  explicit SentinelLocator(SharedSetup setup) : setup_(std::move(setup)) {}

  boost::asio::awaitable<Result<ServerAddress>> locate() override;
  std::shared_ptr<void> follow(const OnMoved& on_moved) override;
  void close_if_unused();

 private:
  void open();
  Command question() const;
  void ask_again();
  void on_message(const Message& message);

  SharedSetup setup_;
  std::shared_ptr<Link> query_;
  std::unique_ptr<ChannelLink> watch_;
  Followers<ServerAddress> followers_;
};

}  // namespace pushgate::redis
