#pragma once
// golden.hpp - how tests get at the vectors: by name, as bytes.

#include <stdexcept>
#include <string>
#include <string_view>

#include "node/bus/golden_vectors.hpp"

namespace pushgate::node::golden {

inline std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
  }
  return bytes;
}

inline const Message& message(std::string_view name) {
  for (const Message& candidate : kMessages) {
    if (candidate.name == name) return candidate;
  }
  throw std::out_of_range{std::string{name}};
}

inline std::string bytes(std::string_view name) { return from_hex(message(name).hex); }

}  // namespace pushgate::node::golden
