#pragma once
// socketio_codec.hpp - Socket.IO packets as text, revisions 5 and 4. Sans-I/O.
//
// Text here is what an Engine.IO message carries, without that packet's "4". Binary arguments come
// as messages of their own after it: packet_assembler.hpp.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pushgate/node/json_text.hpp"
#include "pushgate/node/packet.hpp"
#include "pushgate/node/transport/engineio_codec.hpp"

namespace pushgate::node {

struct PacketLimits {
  std::size_t max_attachments = 10;
  /// Text and attachments of one packet together.
  std::size_t max_packet_bytes = 11'000'000;
};

/// Longest name of a namespace that is accepted, without its query.
constexpr std::size_t kMaxNamespaceBytes = 256;

/// Why text or bytes are no packet. Each ends the connection with CloseReason::parse_error.
enum class PacketError : std::uint8_t {
  none,
  bad_type,              ///< no digit 0 to 6 at the beginning
  bad_attachment_count,  ///< a binary packet without "<digits>-"
  too_many_attachments,
  bad_namespace,        ///< too long, not UTF-8, or with control characters
  bad_ack_id,           ///< above 2^53 - 1; missing in an ack; present where there is none
  bad_json,             ///< the payload is not exactly one JSON value
  too_deep,             ///< more than kMaxJsonDepth
  bad_payload,          ///< valid JSON, but not of the kind that the type of the packet asks for
  bad_event_name,       ///< neither a string nor a number
  reserved_event,       ///< a name that is not for clients: "connect", "disconnect", ...
  bad_placeholder,      ///< its number is missing, no number, or out of range
  attachment_expected,  ///< text, but an earlier packet has not got all its attachments
  unexpected_binary,    ///< bytes, but no packet waits for any
  too_large,            ///< more than max_packet_bytes
};

/// "bad_json", ...: for logs and counters.
std::string_view name_of(PacketError error) noexcept;

/// A packet as decoded: views into the text.
struct PacketView {
  PacketType type = PacketType::event;
  std::size_t attachments = 0;  ///< how many binary messages belong to it
  std::string_view nsp = "/";
  std::string_view query{};  ///< clients of revision 4: "token=x" of "/admin?token=x"
  std::optional<std::uint64_t> ack_id{};
  /// The payload without white space around it; empty if there is none. CONNECT: an object or none;
  /// EVENT and ACK: an array; CONNECT_ERROR: an object or a string. White space *within* is left as
  /// it came, line feeds too.
  std::string_view data{};
  std::string_view event{};  ///< events: the first element, a string with its quotes or a number
};

/// Decodes one packet and checks everything that can be checked: the whole payload as JSON, the
/// event's name, placeholders against the number of attachments. Text need not have been checked
/// for UTF-8. Accepts what either side may send; a CONNECT_ERROR from a client, and what is for a
/// namespace that it has not joined, is refused by the session.
///
/// Does not allocate. O(length).
PacketError decode_packet(std::string_view text, const PacketLimits& limits,
                          PacketView& out) noexcept;

/// The name of an event, unescaped. A number's is its text.
std::string event_name(const PacketView& packet);
bool is_event(const PacketView& packet, std::string_view name) noexcept;
/// May clients not use this name (with its quotes)? "connect", "disconnect" and the like.
bool is_reserved_event(std::string_view name) noexcept;
/// The arguments of an event (without its name) or of an ack.
JsonElements arguments_of(const PacketView& packet) noexcept;

/// What stands before the payload.
struct PacketHead {
  PacketType type = PacketType::event;
  std::size_t attachments = 0;
  std::string_view nsp = "/";
  std::optional<std::uint64_t> ack_id{};
};

inline PacketHead head_of(const Packet& packet) noexcept {
  return {packet.type, packet.attachments.size(), packet.nsp, packet.ack_id};
}

/// Appends a packet. `data` is JSON text, or empty for none. An `offset` becomes the last element
/// of `data`, a non-empty array; it is of characters that JSON need not escape.
void append_packet(std::string& out, const PacketHead& head, std::string_view data,
                   std::string_view offset = {});
/// How many bytes append_packet appends.
std::size_t packet_size(const PacketHead& head, std::string_view data,
                        std::string_view offset = {}) noexcept;

/// The answer to CONNECT. In revision 4 (EngineVersion::v3) it names the namespace only.
struct ConnectReply {
  std::string_view nsp = "/";
  std::string_view sid{};
  std::string_view pid{};  ///< with recovery only
};
void append_connect_reply(std::string& out, EngineVersion version, const ConnectReply& reply);

/// The refusal of a CONNECT: {"message":...,"data":...}; `data` is JSON text or empty.
struct ConnectRefusal {
  std::string_view nsp = "/";
  std::string_view message{};
  std::string_view data{};
};
void append_connect_error(std::string& out, const ConnectRefusal& refusal);
/// Clients of revision 4 expect of a refusal by a rule (not of "Invalid namespace", which they get
/// as the others do) the data alone, or else the message as a string.
void append_connect_error_v4(std::string& out, const ConnectRefusal& refusal);

void append_disconnect(std::string& out, std::string_view nsp);

}  // namespace pushgate::node
