#pragma once
// algorithm.hpp - the signature algorithms of tokens (RFC 7518 section 3.1, RFC 8037) as values.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pushgate::agent {

enum class Algorithm : std::uint8_t {
  hs256,
  hs384,
  hs512,
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  es256,
  es384,
  es512,
  eddsa,
};
inline constexpr std::size_t kAlgorithms = 13;

/// As they are written in `alg`; case-sensitive (RFC 7515 section 4.1.1).
inline constexpr std::array<std::string_view, kAlgorithms> kAlgorithmNames{
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
    "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};

constexpr std::string_view name_of(Algorithm algorithm) noexcept {
  return kAlgorithmNames[static_cast<std::size_t>(algorithm)];
}

constexpr std::optional<Algorithm> parse_algorithm(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kAlgorithms; ++i) {
    if (kAlgorithmNames[i] == name) return static_cast<Algorithm>(i);
  }
  return std::nullopt;
}

/// Some of them, e.g. those that a key may be used with.
class AlgorithmSet {
 public:
  constexpr AlgorithmSet() noexcept = default;
  constexpr AlgorithmSet(std::initializer_list<Algorithm> algorithms) noexcept {
    for (const Algorithm algorithm : algorithms) add(algorithm);
  }
  constexpr void add(Algorithm algorithm) noexcept {
    bits_ |= 1u << static_cast<unsigned>(algorithm);
  }
  constexpr bool has(Algorithm algorithm) const noexcept {
    return (bits_ >> static_cast<unsigned>(algorithm) & 1u) != 0;
  }
  constexpr bool empty() const noexcept { return bits_ == 0; }

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace pushgate::agent
