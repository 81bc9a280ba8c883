#pragma once
// message_text.hpp - the parts that messages between nodes have in common, as JSON text. Sans-I/O.
//
// Messages in MessagePack are turned into JSON with attachments first, so that there is one reader
// of messages and not two. Only classic broadcasts, of which there are many, are read directly.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/bus/messages.hpp"
#include "pushgate/node/json_text.hpp"

namespace pushgate::node {

/// The uid that publishers write which are no nodes.
inline constexpr std::string_view kEmitterUid = "emitter";

// ---- writing
// --------------------------------------------------------------------------------------

/// ["a","b"]
void append_strings(std::string& out, std::span<const std::string> strings);
/// {"volatile":true,"compress":false,"timeout":50}: only what is not as usual.
void append_flags(std::string& out, const BroadcastFlags& flags);
/// {"rooms":[...],"except":[...]}, and ,"flags":{...} if asked for.
void append_options(std::string& out, const BroadcastOptions& options, bool with_flags);
/// [{"id":...,"handshake":...,"rooms":[...],"data":...},...], each with the name of its node as one
/// more member "node", if it is known.
void append_sockets(std::string& out, std::span<const RemoteSocket> sockets);
/// The JSON text with each attachment in place of its placeholder, spelled as JSON.stringify spells
/// a Buffer: for messages that are JSON and nothing else.
std::string with_inline_buffers(std::string_view json, std::span<const std::string> attachments);
/// The first element of a JSON array; "null" if it has none.
std::string_view first_element(std::string_view array);

// ---- reading
// --------------------------------------------------------------------------------------

struct MessageText {
  std::string json;
  std::vector<std::string> attachments;
};

/// A message as checked JSON: what begins with "{" is JSON, everything else MessagePack. Nullopt if
/// it is neither, or no object.
std::optional<MessageText> read_message(std::string_view payload);

/// Strings, and numbers as their text (JavaScript rooms may be numbers); anything else is left out.
std::vector<std::string> parse_strings(std::string_view array);
/// Unknown flags are ignored; null and other things that are no object are no flags.
BroadcastFlags parse_flags(std::string_view object);
BroadcastOptions parse_options(std::string_view object);
/// Objects without an id are left out.
std::vector<RemoteSocket> parse_sockets(std::string_view array);
/// A string's text, a number's text; empty for anything else.
std::string parse_text(std::string_view value);
/// A whole number in [0, 2^53]; nullopt for anything else.
std::optional<std::uint64_t> parse_count(std::string_view value);
/// A packet of a broadcast: type 2 (or 5, which older nodes write for binary) with an array that is
/// not empty. `nsp` if the packet names none.
std::optional<Packet> parse_packet(std::string_view object, std::vector<std::string> attachments,
                                   std::string_view nsp);

}  // namespace pushgate::node
