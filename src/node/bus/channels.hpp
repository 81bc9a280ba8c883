#pragma once
// channels.hpp - the names of Redis channels and streams that nodes of all makes agree on.
// Sans-I/O.
//
// A namespace has its leading slash. Room names may hold anything, "#" and "*" included, so they
// are cut out of a channel's name by length and never by looking for "#".

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pushgate::node {

/// "socket.io#/chat#": broadcasts to a namespace, and whatever is for all of it.
std::string namespace_channel(std::string_view prefix, std::string_view nsp);
/// "socket.io#/chat#room1#": broadcasts to exactly one room.
std::string room_channel(std::string_view prefix, std::string_view nsp, std::string_view room);
/// "socket.io#/chat#*" with everything in prefix and namespace that a pattern takes for a wild card
/// escaped.
std::string namespace_pattern(std::string_view prefix, std::string_view nsp);
/// "socket.io-request#/chat#"
std::string request_channel(std::string_view prefix, std::string_view nsp);
/// "socket.io-response#/chat#"
std::string response_channel(std::string_view prefix, std::string_view nsp);
/// "socket.io-response#/chat#<uid>#"
std::string response_channel(std::string_view prefix, std::string_view nsp, std::string_view uid);

/// The room in the name of a channel that begins with `base` (a namespace_channel or the like):
/// empty for the channel `base` itself, nullopt if it is no such channel. A view into `channel`.
std::optional<std::string_view> room_in_channel(std::string_view channel,
                                                std::string_view base) noexcept;

/// Whether nodes of other makes take the room for a socket's id (20 characters, as they count), and
/// so do not publish to a channel of its own in the sharded way's default mode.
bool looks_like_socket_id(std::string_view room) noexcept;

/// The stream of a namespace when there are `count` of them: a 31-multiplying hash of its UTF-16
/// units, as the nodes compute it. They take a signed remainder, and what is negative goes to a
/// stream that nobody reads; here it is made positive, which leaves everything that works as it is.
std::string stream_name(std::string_view base, std::string_view nsp, std::size_t count);

}  // namespace pushgate::node
