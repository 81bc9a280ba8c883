#pragma once
// classic_codec.hpp - the messages of the classic Redis adapter (@socket.io/redis-adapter 7 and 8,
// its emitter, and the broadcasts of everything since socket.io-redis 5). Sans-I/O.
//
// There is no specification; the layouts are those that the packages produce, byte for byte, and
// the tests hold them against messages that the packages wrote.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "pushgate/node/bus/messages.hpp"
#include "pushgate/node/envelope.hpp"

namespace pushgate::node {

// ---- broadcasts
// -----------------------------------------------------------------------------------

/// [uid,packet,options] in MessagePack.
std::optional<std::string> encode_classic_broadcast(std::string_view uid, const Envelope& envelope);

/// What every broadcast of this sender begins with: comparing it costs next to nothing, decoding
/// does.
std::string classic_broadcast_head(std::string_view uid);

/// From any node or emitter, keys in any order. Nullopt if it is no broadcast.
std::optional<Envelope> decode_classic_broadcast(std::string_view payload);

// ---- requests
// -------------------------------------------------------------------------------------

enum class ClassicType : std::uint8_t {
  sockets = 0,
  all_rooms = 1,
  remote_join = 2,
  remote_leave = 3,
  remote_disconnect = 4,
  remote_fetch = 5,
  server_side_emit = 6,
  broadcast = 7,
  broadcast_client_count = 8,
  broadcast_ack = 9,
};

struct ClassicRequest {
  std::string uid;         ///< of the sender; empty in a command of an emitter
  std::string request_id;  ///< empty: no answer is wanted
  ClassicType type = ClassicType::sockets;
  /// A join, leave or disconnect of one socket, as adapters before 6.1 wrote it: only the node that
  /// has this socket answers, with the id of the request and nothing else.
  std::string legacy_socket;
  std::variant<Command, Request> content;
};

std::string encode_classic_command(std::string_view uid, const Command& command);
/// Nullopt if the packet of a BroadcastWithAck cannot be encoded (a placeholder without
/// attachment).
std::optional<std::string> encode_classic_request(std::string_view uid, std::string_view request_id,
                                                  const Request& request);
/// `nsp`: that of the channel it came on. Nullopt if it is no request.
std::optional<ClassicRequest> decode_classic_request(std::string_view payload,
                                                     std::string_view nsp);

// ---- answers
// --------------------------------------------------------------------------------------

/// The answer to a request of type `type`. `uid`: appended as a further member, which other nodes
/// ignore, so that the asker knows who has answered; empty: without it.
std::string encode_classic_answer(std::string_view uid, std::string_view request_id,
                                  ClassicType type, const Answer& answer);
/// One client's acknowledgement. Nullopt as encode_classic_request.
std::optional<std::string> encode_classic_ack(std::string_view uid, std::string_view request_id,
                                              const Packet& ack);
/// {"requestId":...}: to a request with a `legacy_socket`.
std::string encode_classic_done(std::string_view request_id);

struct ClassicAnswer {
  std::string request_id;
  std::string uid;  ///< of the node that answered, if it said so
  enum class Kind : std::uint8_t {
    answer,        ///< what one node answers, `clients` included
    acknowledged,  ///< one client's acknowledgement, in answer.values
  };
  Kind kind = Kind::answer;
  Answer answer;
};

/// Nullopt if it is no answer.
std::optional<ClassicAnswer> decode_classic_answer(std::string_view payload);

}  // namespace pushgate::node
