#pragma once
// old_requests.hpp - the requests of socket.io-redis 5 and older (Socket.IO 2), and their answers.
// Sans-I/O.
//
// They have the same channels as the classic adapter's and other numbers for the types. What tells
// them apart is the name of a member: "requestid" in small letters. Nodes of that age wait for an
// answer of every subscriber, so that one of ours among them has to give its own.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "pushgate/node/bus/messages.hpp"

namespace pushgate::node {

enum class OldType : std::uint8_t {
  clients = 0,
  client_rooms = 1,
  all_rooms = 2,
  remote_join = 3,
  remote_leave = 4,
  custom = 5,
  remote_disconnect = 6,
};

struct OldRequest {
  std::string request_id;
  OldType type = OldType::clients;
  /// Of client_rooms, join, leave and disconnect: only the node that has this socket does anything
  /// and answers.
  std::string socket;
  /// What is to be done or asked; nothing for `custom`, which is answered with null.
  std::variant<std::monostate, Command, Request> content;
};

/// Cheap: could `payload` be one of these?
bool looks_like_old_request(std::string_view payload) noexcept;
std::optional<OldRequest> decode_old_request(std::string_view payload, std::string_view nsp);
std::string encode_old_answer(const OldRequest& request, const Answer& answer);

}  // namespace pushgate::node
