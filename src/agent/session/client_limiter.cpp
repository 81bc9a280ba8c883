#include "pushgate/agent/session/client_limiter.hpp"

#include <string_view>

namespace pushgate::agent {

ClientSlot& ClientSlot::operator=(ClientSlot&& other) noexcept {
  if (this != &other) {
    release();
    limiter_ = std::exchange(other.limiter_, nullptr);
    client_ = other.client_;
  }
  return *this;
}

void ClientSlot::release() noexcept {
  if (limiter_ == nullptr) return;
  ClientLimiter::Shard& shard = std::exchange(limiter_, nullptr)->shard_of(client_);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.open.find(client_);
  if (--found->second == 0) shard.open.erase(found);
}

std::size_t ClientLimiter::Hash::operator()(const IpAddress& address) const noexcept {
  const auto& bytes = address.bytes();
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

ClientLimiter::Shard& ClientLimiter::shard_of(const IpAddress& client) noexcept {
  // The maps use the low bits of the same hash, the shards its high ones.
  return shards_[(Hash{}(client) >> 56) % shards_.size()];
}

bool ClientLimiter::admit(const IpAddress& client, std::uint64_t limit, ClientSlot& slot) {
  if (limit == 0) return true;
  Shard& shard = shard_of(client);
  const std::scoped_lock lock(shard.mutex);
  std::uint64_t& open = shard.open[client];
  if (open >= limit) return false;
  ++open;
  slot = ClientSlot{this, client};
  return true;
}

}  // namespace pushgate::agent
