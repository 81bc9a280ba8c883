#pragma once
// envelope.hpp - a broadcast and whom it is for: what travels between nodes. Sans-I/O.

#include <memory>
#include <string>
#include <vector>

#include "pushgate/node/packet.hpp"

namespace pushgate::node {

/// One event on its way to the sockets that `options` names.
///
/// Shared and never changed once published: every node and every io thread of a process sees the
/// same object.
struct Envelope {
  Packet packet;  ///< an event; its namespace is the broadcast's
  BroadcastOptions options;
  /// The node it came from, as its uid on the wire ("emitter" for publishers that are no nodes);
  /// empty in one of this process.
  std::string origin;
  /// Where it stands in the log that it was read from ("1700000000000-0"), if there is one.
  std::string offset;
  /// May be kept in the histories of its rooms. Of no meaning to other processes: who publishes
  /// appends.
  bool keep = true;

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
