#pragma once
// request_fsm.hpp - when a request to many nodes has been answered well enough. Sans-I/O.
//
// Nodes of other makes count the subscribers of a channel and wait for as many answers, five
// seconds if one of them is dead. Here the nodes that keep a lease are expected by name, the others
// by number; a node that is found to be gone is expected no longer, and after a silence the request
// ends with what there is and says who is missing.

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/clock.hpp"
#include "pushgate/node/bus/bus.hpp"

namespace pushgate::node {

/// Who can be expected to answer, this process left out.
struct Census {
  std::map<std::string, std::string, std::less<>> alive;  ///< uid and name: subscribed, lease kept
  std::vector<std::string> hung;  ///< names: subscribed still, but without a lease any more
  std::size_t unnamed = 0;        ///< further subscribers
};

class RequestFsm {
 public:
  /// `ack_time`: how long acknowledgements may take, if some are wanted; it then takes the place of
  /// limits.total. `remote`: a census will come.
  RequestFsm(RequestLimits limits, std::optional<std::chrono::milliseconds> ack_time, bool remote,
             TimePoint now);

  /// Another node of this process.
  void expect(std::string key, std::string name);
  /// The first one says who is expected. Later ones only take away: who has come since has not been
  /// asked.
  void on_census(Census census);
  /// Nobody outside this process can be asked.
  void on_unreachable(std::vector<std::string> names);
  /// False: this node has answered before. `uid` may be empty: a node that does not say.
  bool on_answer(TimePoint now, std::string_view uid, std::size_t clients);
  void on_ack() { ++acks_; }
  /// A node of this process has gone.
  void on_gone(std::string_view key);

  enum class Action : std::uint8_t {
    wait,     ///< until `deadline`, or until something comes
    recount,  ///< it is quiet: ask for a census, then wait
    finish,
  };
  Action poll(TimePoint now);
  TimePoint deadline() const noexcept { return deadline_; }

  /// Once finished: everything in Answers but `all`.
  Answers summary() const;

 private:
  bool everybody_answered() const;
  bool nodes_done(TimePoint now);

  RequestLimits limits_;
  bool wants_acks_;
  TimePoint last_answer_;
  TimePoint end_;
  TimePoint next_recount_;
  TimePoint deadline_;
  bool census_pending_;
  bool counted_ = false;
  bool gave_up_ = false;
  bool acks_timed_out_ = false;
  bool unreachable_ = false;
  std::map<std::string, std::string, std::less<>> local_;     // expected, this process
  std::map<std::string, std::string, std::less<>> expected_;  // expected, with a lease
  std::set<std::string, std::less<>> answered_;
  std::size_t unnamed_ = 0;           // expected, by number
  std::size_t unnamed_answered_ = 0;  // without a uid
  std::vector<std::string> missing_;  // known already
  std::size_t clients_ = 0;
  std::size_t acks_ = 0;
};

}  // namespace pushgate::node
