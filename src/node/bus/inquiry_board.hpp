#pragma once
// inquiry_board.hpp - questions that nodes of this process are asked, until they have answered.

#include <cstdint>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include "pushgate/node/bus/bus.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "node/bus/bus_inbox.hpp"
#include "node/bus/bus_wire.hpp"

namespace pushgate::node {

/// Asks several nodes and makes one answer of theirs. A node that takes longer than `kPatience` is
/// left out of it, so that whoever asked does not run into its time limit because of one of us.
class InquiryBoard {
 public:
  static constexpr std::chrono::milliseconds kPatience{800};
  /// Acknowledgements of a broadcast that says no time of its own are passed on for so long.
  static constexpr std::chrono::milliseconds kAckTime{5000};

  InquiryBoard(runtime::Reactor& reactor, std::shared_ptr<BusInbox> inbox)
      : reactor_(reactor), inbox_(std::move(inbox)) {}

  struct Asked {
    PeerId id;
    BusPeer* peer;
  };
  /// `sink.answer` is called later, or at once if nobody is asked.
  void ask(const std::vector<Asked>& peers, Request request, AnswerSink sink);

  // From the nodes, through the inbox.
  void on_answer(std::uint64_t inquiry, PeerId peer, Answer answer);
  void on_ack(std::uint64_t inquiry, Packet packet);
  /// The node has gone: it answers nothing any more.
  void forget(PeerId peer);
  void clear() { open_.clear(); }

 private:
  struct Open final : runtime::TimerNode {
    InquiryBoard* board = nullptr;
    std::uint64_t id = 0;
    std::shared_ptr<const Request> request;
    AnswerSink sink;
    std::set<PeerId> waiting;
    Answer merged;
    std::vector<Packet> early_acks;
    bool answered = false;
    TimePoint end;  ///< of a broadcast with acknowledgement

    void on_timer(TimePoint now) override;
  };

  void merge(Open& open, Answer answer);
  void finish(Open& open);

  runtime::Reactor& reactor_;
  std::shared_ptr<BusInbox> inbox_;
  std::uint64_t next_id_ = 1;
  std::unordered_map<std::uint64_t, std::unique_ptr<Open>> open_;
};

}  // namespace pushgate::node
