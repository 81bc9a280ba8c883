#pragma once
// api_answers.hpp - what nodes know about rooms and sockets, as the API shows it. Sans-I/O.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pushgate/node/bus/messages.hpp"

#include "node/api/api_reply.hpp"

namespace pushgate::node {

/// Which part of a list of rooms is wanted.
struct RoomPage {
  std::string prefix{};
  std::string after{};  ///< the last name of the page before
  std::size_t limit = 100;
};

ApiReply rooms_reply(std::string_view nsp, const Answers& answers, const RoomPage& page);
/// `with_members`: the room's rule says `presence`.
ApiReply room_reply(std::string_view nsp, std::string_view room, const Answers& answers,
                    bool with_members);
/// Members grouped by user; sockets without a uid stand alone.
ApiReply presence_reply(std::string_view nsp, std::string_view room, const Answers& answers);
ApiReply user_reply(std::string_view nsp, std::string_view uid, const Answers& answers);

/// "2026-01-31T08:00:00.123Z"
std::string rfc3339(std::int64_t unix_ms);
/// The uid of a socket: it is in the room `user:<uid>`. Empty if it is in none.
std::string_view uid_of(const RemoteSocket& socket) noexcept;

}  // namespace pushgate::node
