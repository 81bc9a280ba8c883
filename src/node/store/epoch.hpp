#pragma once
// epoch.hpp - a name for a log that no other log has.

#include <random>
#include <string>

namespace pushgate::node {

/// Eight characters of [a-z0-9].
inline std::string make_epoch() {
  constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> digit{0, 35};
  std::string epoch;
  for (int i = 0; i < 8; ++i) epoch += kDigits[digit(random)];
  return epoch;
}

}  // namespace pushgate::node
