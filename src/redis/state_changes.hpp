#pragma once
// state_changes.hpp - attempts that fail one after the other are one piece of news.

#include <functional>
#include <utility>

#include "pushgate/redis/subscriber.hpp"

namespace pushgate::redis {

/// Passes on what is new: up after down, down after up, and the first of either.
class StateChanges {
 public:
  using Callback = std::function<void(const ConnectionState&)>;

  explicit StateChanges(Callback callback = {}) : callback_(std::move(callback)) {}
  void set_callback(Callback callback) { callback_ = std::move(callback); }

  bool up() const noexcept { return up_; }
  void update(const ConnectionState& state) { update(state.up, state); }
  /// `up` for the whole, which has parts; `news` about one of them. While the whole is down, a part
  /// that comes up is no news.
  void update(bool up, const ConnectionState& news) {
    const bool was_up = std::exchange(up_, up);
    if (up) {
      told_down_ = false;
      if (!was_up && callback_) callback_({.up = true});
    } else if (!news.up && !std::exchange(told_down_, true) && callback_) {
      callback_(news);
    }
  }

 private:
  Callback callback_;
  bool up_ = false;
  bool told_down_ = false;
};

}  // namespace pushgate::redis
