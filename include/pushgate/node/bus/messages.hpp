#pragma once
// messages.hpp - what nodes tell and ask each other beside broadcasts. Sans-I/O.

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "pushgate/node/envelope.hpp"

namespace pushgate::node {

// ---- told: no answer, applied by every node that has such sockets
// ---------------------------------

/// The sockets that `options` names join `rooms`.
struct SocketsJoin {
  BroadcastOptions options;
  std::vector<std::string> rooms;

  friend bool operator==(const SocketsJoin&, const SocketsJoin&) = default;
};

/// The sockets that `options` names leave `rooms`.
struct SocketsLeave {
  BroadcastOptions options;
  std::vector<std::string> rooms;

  friend bool operator==(const SocketsLeave&, const SocketsLeave&) = default;
};

/// The sockets that `options` names are disconnected from the namespace; with `close` their whole
/// connection ends.
struct SocketsDisconnect {
  BroadcastOptions options;
  bool close = false;
  /// Of a client that has come back elsewhere: only the object that owned its session until then is
  /// meant, and it goes without a word. Nodes of other makes do not know this member.
  std::string owner{};

  friend bool operator==(const SocketsDisconnect&, const SocketsDisconnect&) = default;
};

/// An event for the servers themselves, not for clients: `event.data` is `["name",args...]`.
struct ServerEvent {
  Packet event;

  friend bool operator==(const ServerEvent&, const ServerEvent&) = default;
};

using CommandAction = std::variant<SocketsJoin, SocketsLeave, SocketsDisconnect, ServerEvent>;

struct Command {
  std::string nsp = "/";
  CommandAction action;

  friend bool operator==(const Command&, const Command&) = default;
};

// ---- asked: every node answers once
// ---------------------------------------------------------------

/// The ids of the sockets that `options` names: Answer::rooms stays empty, Answer::ids has them.
struct ListSockets {
  BroadcastOptions options;

  friend bool operator==(const ListSockets&, const ListSockets&) = default;
};

/// The names of the rooms that have members, the rooms of socket ids included (as Socket.IO's
/// allRooms() does).
struct ListRooms {
  friend bool operator==(const ListRooms&, const ListRooms&) = default;
};

/// The sockets that `options` names, described.
struct FetchSockets {
  BroadcastOptions options;

  friend bool operator==(const FetchSockets&, const FetchSockets&) = default;
};

/// An event for the servers themselves to which each of them gives one value.
struct AskServers {
  Packet event;

  friend bool operator==(const AskServers&, const AskServers&) = default;
};

/// A broadcast of which the sender wants to know the acknowledgements. The envelope's
/// `options.flags.timeout` says how long they may take.
struct BroadcastWithAck {
  EnvelopePtr envelope;

  friend bool operator==(const BroadcastWithAck&, const BroadcastWithAck&) = default;
};

using Question = std::variant<ListSockets, ListRooms, FetchSockets, AskServers, BroadcastWithAck>;

struct Request {
  std::string nsp = "/";
  Question question;

  friend bool operator==(const Request&, const Request&) = default;
};

/// What one node answers, or several together. Only the members that belong to the question are
/// filled.
struct Answer {
  std::vector<std::string> ids;       ///< ListSockets
  std::vector<std::string> rooms;     ///< ListRooms
  std::vector<RemoteSocket> sockets;  ///< FetchSockets
  /// AskServers: one per node, its one value as a JSON array of one element (`[null]` from a node
  /// that has none). BroadcastWithAck: one per client, the first thing that it acknowledged with
  /// (the others do not travel between nodes).
  std::vector<Packet> values;
  std::size_t clients = 0;  ///< BroadcastWithAck: how many clients it was sent to

  friend bool operator==(const Answer&, const Answer&) = default;
};

/// What all the other nodes answered. The asking node itself is not in it.
struct Answers {
  Answer all;  ///< everything that came, in the order of arrival; ids and rooms once each
  std::size_t nodes = 0;  ///< how many nodes answered
  /// Nodes that were expected to answer and did not: their names, or uids where no name is known.
  std::vector<std::string> missing;
  /// Further silent nodes of which nothing but their number is known (nodes of other makes).
  std::size_t missing_unnamed = 0;
  /// The other processes could not be asked: the bus is down.
  bool unreachable = false;
  /// BroadcastWithAck: the time was up before every client had acknowledged.
  bool acks_timed_out = false;

  /// Some nodes did not answer, so this may not be everything.
  bool partial() const noexcept { return !missing.empty() || missing_unnamed > 0 || unreachable; }
};

}  // namespace pushgate::node
