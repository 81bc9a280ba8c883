#pragma once
// bus.hpp - how a node speaks to the other nodes, in this process and elsewhere.
//
// One Bus per process, with a thread of its own; every node of the process is attached to it as a
// BusPeer. To the outside the whole process is *one* node: one uid, one subscription, one answer to
// a request. A multi-threaded server that showed itself as many would make nodes of other makes,
// which count the subscribers of a channel and wait for as many answers, run into their time
// limits.
//
// The rule that keeps it simple: a node deals with its own sockets itself. What it publishes, tells
// or asks goes to everybody else and never comes back to it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/result.hpp"
#include "pushgate/node/bus/bus_metrics.hpp"
#include "pushgate/node/bus/messages.hpp"
#include "pushgate/node/envelope.hpp"

namespace pushgate::node {

/// Whether other processes can be reached.
enum class BusState : std::uint8_t {
  up,
  /// Some of it works: what is published leaves and nothing comes in, or the other way round.
  degraded,
  down,  ///< the nodes of this process reach each other only
};

struct BusStatus {
  BusState state = BusState::up;
  std::string reason;  ///< for people: "redis 127.0.0.1:6379: connection refused"; empty when up

  friend bool operator==(const BusStatus&, const BusStatus&) = default;
};

/// A request of another node, to be answered by one node of this process.
///
/// Exactly one `answer`: from any thread, at once or later. One that is destroyed unanswered has
/// answered with nothing, so an error path cannot make the asking node wait.
class Inquiry {
 public:
  virtual ~Inquiry() = default;

  virtual const Request& request() const noexcept = 0;
  /// The one answer. To a BroadcastWithAck: `clients`, as soon as it is known, while the
  /// acknowledgements follow by `acknowledge`. What comes after the asker's deadline is dropped.
  virtual void answer(Answer answer) = 0;
  /// One client's acknowledgement, after `answer`. Any thread.
  virtual void acknowledge(Packet packet) = 0;
};

using InquiryPtr = std::shared_ptr<Inquiry>;

/// A node, as the bus sees it. Everything is called on the bus thread and must return soon: hand
/// over to the io threads. Outlives its attachment.
class BusPeer {
 public:
  virtual ~BusPeer() = default;

  /// A broadcast of another node. Only for namespaces that this node opened, and only if one of the
  /// rooms has members here (or none is named).
  virtual void deliver(EnvelopePtr envelope) = 0;
  /// Something to be done with this node's sockets.
  virtual void apply(const Command& command) = 0;
  /// A question about this node's sockets.
  virtual void inquire(InquiryPtr inquiry) = 0;
  /// Broadcasts may have been missed: the connection to the others was lost and is back. For rooms
  /// with history, read what is after the last offset.
  virtual void on_gap() = 0;
  /// The state changed. Also called once right after the attachment.
  virtual void on_status(const BusStatus& status) = 0;
};

/// Names an attached node in calls to the bus.
using PeerId = std::uint32_t;

/// What became of something published: success with the offset it got in the log (empty if there is
/// no log), or why it reached this process only. Called on the bus thread.
using PublishDone = std::function<void(Result<std::string> offset)>;
/// Called on the bus thread, exactly once.
using RequestDone = std::function<void(Answers answers)>;

/// Time limits of requests.
struct RequestLimits {
  /// A request ends when no node has answered for so long (from its sending on).
  std::chrono::milliseconds silence{1000};
  /// And at the latest after this, however many answers keep coming. Acknowledgements have the time
  /// that their flag says instead.
  std::chrono::milliseconds total{5000};

  friend bool operator==(const RequestLimits&, const RequestLimits&) = default;
};

/// Every function may be called on any thread, costs a copy of its arguments and no more, and keeps
/// the order in which one thread calls. Broadcasts of one thread to one namespace reach every other
/// node in that order.
///
/// Lifetime: `attach` the nodes, start the bus thread. At the end `close`, wait until it has called
/// back, stop the bus thread, destroy the bus. Calls after `close` do nothing, except that every
/// callback handed in is still called.
class Bus {
 public:
  virtual ~Bus() = default;

  /// Adds a node, known to others by `name` (only shown, in lists of silent nodes). The peer must
  /// stay alive until `detach` has called back.
  virtual PeerId attach(BusPeer& peer, std::string name) = 0;
  /// Forgets the node, its namespaces and its rooms; then calls `done` on the bus thread.
  virtual void detach(PeerId peer, std::function<void()> done) = 0;

  /// The node serves this namespace from now on: it receives its broadcasts, commands and requests.
  /// Repeated calls are counted.
  virtual void open_namespace(PeerId peer, std::string_view nsp) = 0;
  virtual void close_namespace(PeerId peer, std::string_view nsp) = 0;

  /// The node has members in this room. Each io thread reports its own transitions, first member in
  /// and last one out: they are counted.
  virtual void join_room(PeerId peer, std::string_view nsp, std::string_view room) = 0;
  virtual void leave_room(PeerId peer, std::string_view nsp, std::string_view room) = 0;
  /// The same for the room of a socket's own id. Apart because there are so many of them, each with
  /// one member for ever: buses need not subscribe to them one by one.
  virtual void add_socket(PeerId peer, std::string_view nsp, std::string_view id) = 0;
  virtual void remove_socket(PeerId peer, std::string_view nsp, std::string_view id) = 0;

  /// To every node but `origin`. With the flag `local` it goes nowhere.
  virtual void publish(PeerId origin, EnvelopePtr envelope, PublishDone done) = 0;
  void publish(PeerId origin, EnvelopePtr envelope) {
    publish(origin, std::move(envelope), nullptr);
  }

  // What a log has taken up (see store.hpp) goes to other processes by the log itself; the wire has
  // it for nodes of other makes. On the bus thread only, and done when they return: so deliveries
  // and answers out of the log keep its order.

  /// Broadcasts that say that this log has them are dropped when they come by the wire. Before the
  /// bus thread runs.
  virtual void use_log(std::string name) = 0;
  /// Appended by `origin`: to the other nodes of this process, and to the wire.
  virtual void publish_logged(PeerId origin, EnvelopePtr envelope) = 0;
  /// Appended by another process: to the nodes of this one.
  virtual void deliver_logged(EnvelopePtr envelope) = 0;
  /// Has any node of this process members there?
  virtual bool has_audience(std::string_view nsp, const BroadcastOptions& options) = 0;
  /// Any thread. For a while the node wants everything that is logged in the namespace: somebody is
  /// about to join rooms, with what they had up to some place in the log. Calls are counted.
  virtual void begin_listening(PeerId peer, std::string_view nsp) = 0;
  virtual void end_listening(PeerId peer, std::string_view nsp) = 0;

  /// To every node but `origin`.
  virtual void command(PeerId origin, Command command) = 0;
  /// Asks every node but `origin`; `done` is called when all that are alive have answered, or when
  /// the limits are reached.
  virtual void request(PeerId origin, Request request, RequestLimits limits, RequestDone done) = 0;

  /// Says good-bye to the other nodes, ends pending requests with what has come, closes
  /// connections, then calls `done` on the bus thread.
  virtual void close(std::function<void()> done) = 0;

  /// As last told to the peers. Any thread.
  virtual BusStatus status() const = 0;
  /// Other processes that are known to be alive, by name: those that keep a lease. Any thread.
  virtual std::vector<std::string> known_nodes() const = 0;
  virtual const BusMetrics& metrics() const noexcept = 0;
};

}  // namespace pushgate::node
