#pragma once
// node_directory.hpp - which other processes are alive, by the leases that they keep. Sans-I/O.
//
// A lease is a member "<uid> <name>" of a sorted set, with the time it runs out at as its score.
// Only our own processes keep one; nodes of other makes are known by their number.

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/clock.hpp"

#include "node/bus/request_fsm.hpp"

namespace pushgate::node {

class NodeDirectory {
 public:
  /// How long a process is remembered that keeps no lease any more: one that hangs is still
  /// subscribed, and would be waited for as a node of another make.
  static constexpr std::chrono::minutes kRemembered{5};

  explicit NodeDirectory(std::string own_uid) : own_uid_(std::move(own_uid)) {}

  static std::string member(std::string_view uid, std::string_view name);
  /// The members of the sorted set, as just read.
  void on_members(std::span<const std::string> members, TimePoint now);

  bool knows(std::string_view uid) const { return alive_.contains(uid); }
  std::vector<std::string> names() const;

  /// Whose subscriptions a census has to count, beside those of the namespace.
  std::vector<std::string> uids() const;
  /// `subscribers` of the namespace, this process included, and how often each of uids() and this
  /// process is subscribed to a channel of its own.
  Census census(std::uint64_t subscribers,
                const std::map<std::string, std::uint64_t>& by_uid) const;
  const std::string& own_uid() const noexcept { return own_uid_; }

 private:
  struct Gone {
    std::string name;
    TimePoint forget_at;
  };

  std::string own_uid_;
  std::map<std::string, std::string, std::less<>> alive_;
  std::map<std::string, Gone, std::less<>> gone_;
};

}  // namespace pushgate::node
