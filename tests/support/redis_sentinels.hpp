#pragma once
// redis_sentinels.hpp - a master, its replica and sentinels that watch them.

#include <memory>
#include <string>
#include <vector>

#include "support/redis_server.hpp"

namespace pushgate::test {

/// Ready for a failover when constructed: the sentinels know the replica and each other. They find
/// the master dead after half a second.
class RedisSentinels {
 public:
  static constexpr const char* kMaster = "mymaster";

  explicit RedisSentinels(std::size_t sentinels = 1);

  /// As they were in the beginning.
  RedisServer& first_master() { return first_; }
  RedisServer& first_replica() { return second_; }
  RedisServer& sentinel(std::size_t index) { return *sentinels_[index]; }

  /// Where the sentinels say that the master is.
  std::string master_port() const;
  /// Makes the replica the master, with both alive, and waits until the sentinels say so.
  void fail_over();

 private:
  void wait_until_known();

  RedisServer first_;
  RedisServer second_;
  std::vector<std::unique_ptr<RedisServer>> sentinels_;
};

}  // namespace pushgate::test
