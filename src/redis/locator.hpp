#pragma once
// locator.hpp - where the next attempt to connect goes.

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "pushgate/base/result.hpp"
#include "pushgate/redis/settings.hpp"

namespace pushgate::redis {

/// Asked before each attempt. On the connection's thread.
class Locator {
 public:
  virtual ~Locator() = default;
  /// Takes bounded time, also when whoever asked is stopped meanwhile.
  virtual boost::asio::awaitable<Result<ServerAddress>> locate() = 0;

  using OnMoved = std::function<void(ServerAddress)>;
  /// Calls when the place is known to have changed, for as long as the caller keeps what is
  /// returned.
  virtual std::shared_ptr<void> follow(const OnMoved& /*on_moved*/) { return nullptr; }
};

/// Always the same place.
class FixedLocator final : public Locator {
 public:
  explicit FixedLocator(ServerAddress address) : address_(std::move(address)) {}
  boost::asio::awaitable<Result<ServerAddress>> locate() override { co_return address_; }

 private:
  ServerAddress address_;
};

}  // namespace pushgate::redis
