#include "agent/routing/modulo_policy.hpp"

#include <algorithm>

namespace pushgate::agent {

namespace {

/// Takes one code point off the front. Bytes that are not UTF-8 (an Identity never has any) count
/// as U+FFFD one by one, as they would have after Node.js decoded them.
char32_t take_code_point(std::string_view& text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                                           : 4;
  char32_t point = lead < 0x80 ? lead : lead & (0x7fU >> length);
  bool good = length != 0 && lead < 0xf5 && length <= text.size();
  for (std::size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xc0U) == 0x80;
    point = (point << 6) | (byte(i) & 0x3fU);
  }
  text.remove_prefix(good ? length : 1);
  return good ? point : 0xfffd;
}

/// `h = ((h << 5) - h) + charCode` over UTF-16 units, then Math.abs.
///
/// In JavaScript `<<` works on the low 32 bits of h and yields a signed 32-bit number, while `-`
/// and
/// `+` work on doubles. A step adds at most 2^31 + 2^16 to |h|, so |h| stays below 2^53, where
/// doubles are exact and an int64 gives the same result, for keys of up to 4 million units. A uid
/// has at most 256.
class GopushHash {
 public:
  void add(std::uint32_t unit) noexcept {
    const auto shifted = static_cast<std::int32_t>(static_cast<std::uint32_t>(hash_) << 5);
    hash_ = shifted - hash_ + unit;
  }
  std::uint64_t value() const noexcept {
    return static_cast<std::uint64_t>(hash_ < 0 ? -hash_ : hash_);
  }

 private:
  std::int64_t hash_ = 0;
};

}  // namespace

ModuloPolicy::ModuloPolicy(std::span<const HashMember> members) {
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if (members[i].weight > 0) members_.push_back(i);
  }
  std::stable_sort(members_.begin(), members_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return members[a].server < members[b].server;
  });
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (i == 0 || members[members_[i]].server != members[members_[i - 1]].server) {
      server_starts_.push_back(i);
    }
  }
  server_starts_.push_back(members_.size());
}

std::size_t ModuloPolicy::position(std::string_view key) const noexcept {
  const std::uint64_t number = hash(key);
  const std::size_t server = number % (server_starts_.size() - 1);
  const std::size_t first = server_starts_[server];
  return first + number % (server_starts_[server + 1] - first);
}

std::size_t ModuloPolicy::pick(std::string_view key) const noexcept {
  return members_.empty() ? kNone : members_[position(key)];
}

void ModuloPolicy::order(std::string_view key, std::vector<std::uint32_t>& out) const {
  out = members_;
  if (out.empty()) return;
  std::rotate(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(position(key)), out.end());
}

std::uint64_t ModuloPolicy::hash(std::string_view key) const noexcept {
  GopushHash hash;
  while (!key.empty()) {
    const char32_t point = take_code_point(key);
    if (point < 0x10000) {
      hash.add(point);
    } else {
      hash.add(0xd800 + ((point - 0x10000) >> 10));
      hash.add(0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  return hash.value();
}

}  // namespace pushgate::agent
