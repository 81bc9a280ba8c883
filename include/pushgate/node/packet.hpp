#pragma once
// packet.hpp - what travels through the node: Socket.IO packets as text, and to whom they go.
//
// A packet is never parsed into a tree of values on its way from one client to many: `data` is the
// JSON text that the sender wrote (checked once, when it arrived) and is sent on as it is.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pushgate::node {

/// The numbers on the wire. The two binary types of the protocol (5 and 6) are no types of their
/// own here: an event or ack is binary if it has attachments.
enum class PacketType : std::uint8_t {
  connect = 0,
  disconnect = 1,
  event = 2,
  ack = 3,
  connect_error = 4,
};

/// The greatest ack id that a JavaScript number holds exactly: 2^53 - 1.
constexpr std::uint64_t kMaxAckId = 9'007'199'254'740'991;

/// An event or an ack, with everything that belongs to it. A value: no view into anything.
struct Packet {
  PacketType type = PacketType::event;
  std::string nsp = "/";                  ///< the namespace, beginning with "/"
  std::optional<std::uint64_t> ack_id{};  ///< an event: an ack is wanted; an ack: of which event
  /// The text of a JSON array, valid and without white space around it: ["event",1] for an event,
  /// the arguments alone for an ack. {"_placeholder":true,"num":k} stands for attachments[k].
  std::string data = "[]";
  std::vector<std::string> attachments{};  ///< binary arguments, in the order of their numbers

  friend bool operator==(const Packet&, const Packet&) = default;
};

/// What a sender says about a broadcast besides to whom it goes.
struct BroadcastFlags {
  bool is_volatile = false;  ///< not kept for anybody who cannot take it now
  bool compress = true;      ///< may be compressed
  bool local = false;        ///< only to clients of this node
  std::optional<std::chrono::milliseconds> timeout{};  ///< how long acks are waited for
  /// The log that has it already: who reads that log along gets it from there.
  std::string log{};

  friend bool operator==(const BroadcastFlags&, const BroadcastFlags&) = default;
};

/// Who gets a broadcast: whoever is in any of `rooms` (in the namespace, if there are none) and in
/// none of `except`. A socket's id is a room too.
struct BroadcastOptions {
  std::vector<std::string> rooms{};
  std::vector<std::string> except{};
  BroadcastFlags flags{};

  friend bool operator==(const BroadcastOptions&, const BroadcastOptions&) = default;
};

}  // namespace pushgate::node
