#pragma once
// client_limiter.hpp - how many connections one client address holds, over all io threads.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "pushgate/base/ip_address.hpp"

namespace pushgate::agent {

class ClientLimiter;

/// One counted connection; uncounted when destroyed. Move-only. Empty if nothing is limited.
class ClientSlot {
 public:
  ClientSlot() noexcept = default;
  ClientSlot(ClientSlot&& other) noexcept
      : limiter_(std::exchange(other.limiter_, nullptr)), client_(other.client_) {}
  ClientSlot& operator=(ClientSlot&& other) noexcept;
  ~ClientSlot() { release(); }

 private:
  friend class ClientLimiter;
  ClientSlot(ClientLimiter* limiter, const IpAddress& client) noexcept
      : limiter_(limiter), client_(client) {}
  void release() noexcept;

  ClientLimiter* limiter_ = nullptr;
  IpAddress client_;
};

/// Thread-safe; sixteen locks, so that threads rarely meet. Costs nothing while there is no limit.
class ClientLimiter {
 public:
  /// True, and `slot` filled, if `client` has fewer than `limit` connections. 0: no limit.
  bool admit(const IpAddress& client, std::uint64_t limit, ClientSlot& slot);

 private:
  friend class ClientSlot;

  struct Hash {
    std::size_t operator()(const IpAddress& address) const noexcept;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<IpAddress, std::uint64_t, Hash> open;
  };
  Shard& shard_of(const IpAddress& client) noexcept;

  std::array<Shard, 16> shards_;
};

}  // namespace pushgate::agent
