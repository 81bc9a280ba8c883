#include "pushgate/node/transport/sid.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <sys/random.h>

#include <xxhash.h>

#include "pushgate/base/base64.hpp"

namespace pushgate::node {

namespace {

/// The bytes as characters, which is what the codecs take.
std::string_view as_text(const SessionId::Bytes& bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

static_assert(base64url_size(SessionId::kBytes) == SessionId::kCharacters);

std::optional<SessionId> SessionId::parse(std::string_view text) noexcept {
  if (text.size() != kCharacters) return std::nullopt;
  Bytes bytes{};
  if (!read_base64url(reinterpret_cast<char*>(bytes.data()), text)) return std::nullopt;
  return SessionId{bytes};
}

SessionId::Text SessionId::text() const noexcept {
  Text text{};
  write_base64url(text.data(), as_text(bytes_));
  return text;
}

std::string SessionId::to_string() const {
  const Text characters = text();
  return {characters.data(), characters.size()};
}

bool looks_like_id(std::string_view text) noexcept { return SessionId::parse(text).has_value(); }

std::uint16_t node_tag_of(std::string_view node_name) noexcept {
  return static_cast<std::uint16_t>(XXH3_64bits(node_name.data(), node_name.size()) >> 48);
}

SessionId IdGenerator::next_session_id() {
  SessionId::Bytes bytes{};
  bytes[0] = static_cast<std::uint8_t>(node_tag_ >> 8);
  bytes[1] = static_cast<std::uint8_t>(node_tag_ & 0xff);
  bytes[2] = io_thread_;
  take(bytes.data() + 3, bytes.size() - 3);
  return SessionId{bytes};
}

SessionId IdGenerator::next_socket_id() {
  SessionId::Bytes bytes{};
  take(bytes.data(), bytes.size());
  return SessionId{bytes};
}

void IdGenerator::take(std::uint8_t* out, std::size_t bytes) {
  if (left_ < bytes) {
    // Up to 256 bytes come whole and uninterrupted; more may come in parts (getrandom(2)).
    for (std::size_t have = 0; have < pool_.size();) {
      const ssize_t got = ::getrandom(pool_.data() + have, pool_.size() - have, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw std::system_error{errno, std::system_category(), "getrandom"};
      have += static_cast<std::size_t>(got);
    }
    left_ = pool_.size();
  }
  std::uint8_t* const from = pool_.data() + (pool_.size() - left_);
  std::copy_n(from, bytes, out);
  std::fill_n(from, bytes, std::uint8_t{0});  // what has become an id is in no second place
  left_ -= bytes;
}

}  // namespace pushgate::node
