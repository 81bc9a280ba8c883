#include "agent/session/request_id.hpp"

#include <random>

namespace pushgate::agent {

RequestId::RequestId(std::uint64_t number) noexcept {
  constexpr char kHex[] = "0123456789abcdef";
  for (std::size_t i = digits_.size(); i-- > 0; number >>= 4) digits_[i] = kHex[number & 0xf];
}

RequestIdSource::RequestIdSource() {
  std::random_device entropy;
  state_ = (std::uint64_t{entropy()} << 32) | entropy();
}

std::uint64_t RequestIdSource::next_number() noexcept {
  // splitmix64 (Steele, Lea and Flood 2014): a bijection of a counter, so no value repeats early.
  state_ += 0x9e3779b97f4a7c15ull;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

}  // namespace pushgate::agent
