#pragma once
// key_slot.hpp - which slot of a cluster a key or a sharded channel belongs to. sans-I/O.

#include <cstdint>
#include <string_view>

namespace pushgate::redis {

inline constexpr unsigned kSlots = 16384;

/// CRC16 (XMODEM) of the key modulo 16384. If the key has a hash tag, that is a "{" with at least
/// one byte before the next "}", only what stands between the two counts. As the Redis Cluster
/// specification says.
std::uint16_t key_slot(std::string_view key) noexcept;

}  // namespace pushgate::redis
