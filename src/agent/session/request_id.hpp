#pragma once
// request_id.hpp - a name for each request, by which log lines of agent and node are joined.

#include <array>
#include <cstdint>
#include <string_view>

namespace pushgate::agent {

/// Sixteen hexadecimal digits; a value.
class RequestId {
 public:
  RequestId() noexcept { digits_.fill('0'); }
  explicit RequestId(std::uint64_t number) noexcept;
  std::string_view text() const noexcept { return {digits_.data(), digits_.size()}; }

 private:
  std::array<char, 16> digits_;
};

/// Makes ids that do not repeat within a thread and, being 64 random-looking bits from a random
/// start, practically never across threads, agents and restarts. Not secret. One per io thread.
class RequestIdSource {
 public:
  RequestIdSource();
  explicit RequestIdSource(std::uint64_t seed) noexcept : state_(seed) {}

  RequestId next() noexcept { return RequestId{next_number()}; }
  /// The same generator for jitter.
  std::uint64_t next_number() noexcept;

 private:
  std::uint64_t state_;
};

}  // namespace pushgate::agent
