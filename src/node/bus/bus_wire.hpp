#pragma once
// bus_wire.hpp - what carries a process's messages to the other processes, and what it reports.
//
// ProcessBus knows the nodes of this process; a wire knows how the others are reached. Everything
// here happens on the bus thread.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/bus/bus.hpp"

#include "node/bus/request_fsm.hpp"

namespace pushgate::node {

/// Where the answer to another process's request goes.
struct AnswerSink {
  std::function<void(Answer)> answer;       ///< exactly once, for the whole process
  std::function<void(Packet)> acknowledge;  ///< after it, once per client
};

class WireEvents {
 public:
  virtual ~WireEvents() = default;

  /// Is it worth decoding?
  virtual bool has_members(std::string_view nsp, std::string_view room) const = 0;
  virtual bool has_socket(std::string_view nsp, std::string_view id) const = 0;

  virtual void on_broadcast(Envelope envelope) = 0;
  virtual void on_command(const Command& command) = 0;
  virtual void on_inquiry(Request request, AnswerSink sink) = 0;

  /// The answers to BusWire::ask and recount.
  virtual void on_census(const std::string& request_id, Census census) = 0;
  virtual void on_unreachable(const std::string& request_id, std::vector<std::string> names) = 0;
  /// `uid` is empty if the node does not say who it is.
  virtual void on_answer(const std::string& request_id, std::string_view uid, Answer answer) = 0;
  virtual void on_ack(const std::string& request_id, Packet ack) = 0;

  virtual void on_gap() = 0;
  virtual void on_status(BusStatus status) = 0;
  virtual void on_known_nodes(std::vector<std::string> names) = 0;

  virtual BusMetrics& wire_metrics() noexcept = 0;
};

class BusWire {
 public:
  virtual ~BusWire() = default;

  /// Before anything else. `events` outlives the wire's last call.
  virtual void start(WireEvents& events) = 0;

  /// The first node of the process opens it; the last closes it.
  virtual void open_namespace(const std::string& nsp) = 0;
  virtual void close_namespace(const std::string& nsp) = 0;
  virtual void want_room(const std::string& nsp, const std::string& room) = 0;
  virtual void unwant_room(const std::string& nsp, const std::string& room) = 0;
  virtual void want_socket(const std::string& nsp, const std::string& id) = 0;
  virtual void unwant_socket(const std::string& nsp, const std::string& id) = 0;

  /// `done` may be empty.
  virtual void publish(const Envelope& envelope, PublishDone done) = 0;
  /// Must what a log has be published, too? Not if that log is what the others read.
  virtual bool carries_logged() const { return true; }
  virtual void command(const Command& command) = 0;
  /// Sends the request to every other process and finds out who they are: on_census or
  /// on_unreachable follows, and an on_answer for each that answers.
  virtual void ask(const std::string& request_id, const Request& request) = 0;
  /// Who of them is left? on_census follows, or nothing if that cannot be found out.
  virtual void recount(const std::string& request_id, const std::string& nsp) = 0;

  /// Says good-bye, closes connections, calls `done`; no event after it.
  virtual void close(std::function<void()> done) = 0;
};

}  // namespace pushgate::node
