#pragma once
// sid.hpp - ids of sessions and sockets: fifteen bytes, twenty characters.
//
//   session id   bytes 0-1 the node's tag (big endian), byte 2 its io thread, 3-14 random
//   socket id    15 random bytes
//
// A session id is a secret: whoever knows it can read the session. So its random part comes from
// the kernel, and it goes into no log.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pushgate::node {

/// An id, as a value.
class SessionId {
 public:
  static constexpr std::size_t kBytes = 15;
  static constexpr std::size_t kCharacters = 20;
  using Bytes = std::array<std::uint8_t, kBytes>;
  using Text = std::array<char, kCharacters>;

  SessionId() noexcept = default;
  explicit SessionId(const Bytes& bytes) noexcept : bytes_(bytes) {}

  /// From its twenty characters of [A-Za-z0-9_-]; nullopt for anything else.
  static std::optional<SessionId> parse(std::string_view text) noexcept;

  const Bytes& bytes() const noexcept { return bytes_; }
  /// Meaningful in session ids only.
  std::uint16_t node_tag() const noexcept {
    return static_cast<std::uint16_t>(bytes_[0] << 8 | bytes_[1]);
  }
  /// Meaningful in session ids only.
  std::uint8_t io_thread() const noexcept { return bytes_[2]; }

  /// Its twenty characters. Does not allocate.
  Text text() const noexcept;
  std::string to_string() const;

  /// Eight of the random bytes.
  std::size_t hash() const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, bytes_.data() + (kBytes - sizeof hash), sizeof hash);
    return hash;
  }

  friend bool operator==(const SessionId&, const SessionId&) = default;

 private:
  Bytes bytes_{};
};

/// True if `text` could be an id: twenty characters of [A-Za-z0-9_-]. Rooms of such a name are
/// nobody's to choose.
bool looks_like_id(std::string_view text) noexcept;

/// The first 16 bits of a hash of the node's name: the same in every process and version.
std::uint16_t node_tag_of(std::string_view node_name) noexcept;

/// Makes ids for one io thread. Asks the kernel for 1 KiB of random bytes at a time: an id costs
/// some 50 ns. Not thread-safe: one for each thread.
class IdGenerator {
 public:
  IdGenerator(std::uint16_t node_tag, std::uint8_t io_thread) noexcept
      : node_tag_(node_tag), io_thread_(io_thread) {}
  IdGenerator(const IdGenerator&) = delete;
  IdGenerator& operator=(const IdGenerator&) = delete;

  /// Throws std::system_error if the kernel has no random bytes, which it always has.
  SessionId next_session_id();
  /// Socket ids, and the private ids of recovery. Throws as above.
  SessionId next_socket_id();

 private:
  void take(std::uint8_t* out, std::size_t bytes);

  std::uint16_t node_tag_;
  std::uint8_t io_thread_;
  std::size_t left_ = 0;  // bytes at the end of pool_ that nobody has had yet
  std::array<std::uint8_t, 1024> pool_;
};

}  // namespace pushgate::node

template <>
struct std::hash<pushgate::node::SessionId> {
  std::size_t operator()(const pushgate::node::SessionId& id) const noexcept { return id.hash(); }
};
