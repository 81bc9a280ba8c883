#pragma once
// followers.hpp - callbacks that are called for as long as somebody keeps what `add` returned.

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace pushgate::redis {

/// What `add` returns keeps the owner too, and calls its `close_if_unused()` when it is released.
template <class... Args>
class Followers {
 public:
  using Callback = std::function<void(Args...)>;

  template <class Owner>
  std::shared_ptr<void> add(Callback callback, std::shared_ptr<Owner> owner) {
    struct Follower {
      Callback callback;
      std::shared_ptr<Owner> owner;
    };
    std::shared_ptr<Follower> follower{new Follower{std::move(callback), std::move(owner)},
                                       [](Follower* raw) {
                                         const std::unique_ptr<Follower> owned{raw};
                                         owned->owner->close_if_unused();
                                       }};
    followers_.push_back(std::shared_ptr<Callback>{follower, &follower->callback});
    return follower;
  }

  bool empty() {
    std::erase_if(followers_, [](const auto& one) { return one.expired(); });
    return followers_.empty();
  }

  /// Followers may come and go meanwhile.
  void tell(const Args&... args) const {
    const auto followers = followers_;
    for (const auto& one : followers) {
      if (const auto callback = one.lock()) (*callback)(args...);
    }
  }

 private:
  std::vector<std::weak_ptr<Callback>> followers_;
};

}  // namespace pushgate::redis
