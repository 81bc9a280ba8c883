#pragma once
// envelope.hpp - a broadcast and whom it is for: what travels between nodes. Sans-I/O.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pushgate/node/packet.hpp"

namespace pushgate::node {

/// What the sender of a broadcast asks for beside its receivers. A flag at its default is not
/// written to the wire.
struct BroadcastFlags {
  bool volatile_ = false;               ///< drop it for receivers that cannot take it now
  bool compress = true;                 ///< false: not worth compressing
  bool local = false;                   ///< for the sender's node only; never on the wire
  bool expect_single_response = false;  ///< with acknowledgement: to one socket of another node
  /// How long to wait for acknowledgements; only in broadcasts that want them.
  std::optional<std::chrono::milliseconds> timeout{};

  friend bool operator==(const BroadcastFlags&, const BroadcastFlags&) = default;
};

/// Which sockets of a namespace are meant: the members of any of `rooms` (none: every socket), less
/// the members of any of `except`. Each socket counts once. A socket's id is a room with itself as
/// the only member.
struct BroadcastOptions {
  std::vector<std::string> rooms;
  std::vector<std::string> except;
  BroadcastFlags flags;

  friend bool operator==(const BroadcastOptions&, const BroadcastOptions&) = default;
};

/// One event on its way to the sockets that `options` names.
///
/// Shared and never changed once published: every node and every io thread of a process sees the
/// same object.
struct Envelope {
  std::string nsp = "/";
  BroadcastOptions options;
  Packet packet;
  /// The node it came from, as its uid on the wire ("emitter" for publishers that are no nodes);
  /// empty in one of this process.
  std::string origin;
  /// Where it stands in the log that it was read from ("1700000000000-0"), if there is one.
  std::string offset;

  friend bool operator==(const Envelope&, const Envelope&) = default;
};

using EnvelopePtr = std::shared_ptr<const Envelope>;

/// A socket of any node, as fetchSockets() describes it.
struct RemoteSocket {
  std::string id;
  std::vector<std::string> rooms;  ///< with the room of its own id
  std::string handshake = "{}";    ///< JSON text: headers, time, address, query, auth, ...
  std::string data = "{}";         ///< JSON text: what the application attached to the socket
  /// The node that has it, as far as it said so: nodes of other makes do not.
  std::string node;

  friend bool operator==(const RemoteSocket&, const RemoteSocket&) = default;
};

}  // namespace pushgate::node
