#pragma once
// handshake.hpp - what is said first on every connection. sans-I/O.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pushgate/redis/reply.hpp"

namespace pushgate::redis {

struct HandshakeSettings {
  std::string username;
  std::string password;
  unsigned database = 0;
  std::string client_name;
  /// Ask for the server's role and accept a master only: what sentinels said may be old.
  bool must_be_master = false;
};

/// AUTH, ROLE, SELECT and CLIENT SETNAME as far as they are needed, and a PING, all in one write.
/// The PING finds out what would otherwise meet the first command: a missing password, a server
/// that is still loading its data, a peer that is no Redis.
class Handshake {
 public:
  explicit Handshake(const HandshakeSettings& settings);

  /// To be sent at once.
  const std::string& commands() const noexcept { return commands_; }

  enum class Progress : std::uint8_t { more, done, refused };
  /// Takes the answers in turn.
  Progress on_reply(const Reply& reply);
  /// Why the server is not to be used.
  const std::string& fault() const noexcept { return fault_; }
  /// The login itself was refused: unlike a server that is still loading, or not a master any more,
  /// this does not pass by itself.
  bool login_refused() const noexcept { return login_refused_; }

 private:
  enum class Question : std::uint8_t { auth, role, select, name, ping };

  void ask(Question question, const class Command& command);

  std::string commands_;
  std::vector<Question> questions_;
  std::size_t answered_ = 0;
  std::string fault_;
  bool login_refused_ = false;
};

}  // namespace pushgate::redis
