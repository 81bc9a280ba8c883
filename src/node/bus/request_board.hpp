#pragma once
// request_board.hpp - requests of this process's nodes that are not yet answered.

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pushgate/node/bus/bus.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "node/bus/request_fsm.hpp"

namespace pushgate::node {

class RequestBoard {
 public:
  /// Asks the wire for a census of those who have been asked.
  using Recount = std::function<void(const std::string& id, const std::string& nsp)>;

  RequestBoard(runtime::Reactor& reactor, BusMetrics& metrics, Recount recount)
      : reactor_(reactor), metrics_(metrics), recount_(std::move(recount)) {}

  struct Expected {
    std::string key;  ///< what it answers as
    std::string name;
  };
  /// `local`: nodes of this process that are asked. `remote`: others are asked too. Nothing is
  /// called back before `settle`.
  void begin(const std::string& id, const Request& request, RequestLimits limits, bool remote,
             const std::vector<Expected>& local, RequestDone done);
  /// Everybody has been asked: ends the request if there is nobody.
  void settle(const std::string& id);

  void on_census(const std::string& id, Census census);
  void on_unreachable(const std::string& id, std::vector<std::string> names);
  /// `key` may be empty: a node that does not say who it is.
  void on_answer(const std::string& id, std::string_view key, Answer answer);
  void on_ack(const std::string& id, Packet packet);
  /// A node of this process has gone and answers nothing any more.
  void forget(std::string_view key);
  /// Ends everything with what has come.
  void finish_all();

 private:
  struct Pending final : runtime::TimerNode {
    RequestBoard* board = nullptr;
    std::string id;
    std::string nsp;
    Question question;
    RequestFsm fsm;
    Answer all;
    RequestDone done;

    explicit Pending(RequestFsm machine) : fsm(std::move(machine)) {}
    void on_timer(TimePoint now) override;
  };

  Pending* find(const std::string& id);
  void poll(Pending& pending);
  void finish(Pending& pending);

  runtime::Reactor& reactor_;
  BusMetrics& metrics_;
  Recount recount_;
  std::unordered_map<std::string, std::unique_ptr<Pending>> pending_;
};

}  // namespace pushgate::node
