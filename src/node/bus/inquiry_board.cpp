#include "node/bus/inquiry_board.hpp"

#include <atomic>
#include <iterator>

#include "node/bus/process_bus.hpp"

namespace pushgate::node {

namespace {

/// What a node holds in its hands.
class PeerInquiry final : public Inquiry {
 public:
  PeerInquiry(std::shared_ptr<BusInbox> inbox, std::shared_ptr<const Request> request,
              std::uint64_t id, PeerId peer)
      : inbox_(std::move(inbox)), request_(std::move(request)), id_(id), peer_(peer) {}
  ~PeerInquiry() override { answer({}); }

  const Request& request() const noexcept override { return *request_; }

  void answer(Answer answer) override {
    if (answered_.exchange(true)) return;
    inbox_->post([id = id_, peer = peer_, answer = std::move(answer)](ProcessBus& bus) mutable {
      bus.inquiries().on_answer(id, peer, std::move(answer));
    });
  }

  void acknowledge(Packet packet) override {
    inbox_->post([id = id_, packet = std::move(packet)](ProcessBus& bus) mutable {
      bus.inquiries().on_ack(id, std::move(packet));
    });
  }

 private:
  std::shared_ptr<BusInbox> inbox_;
  std::shared_ptr<const Request> request_;
  std::uint64_t id_;
  PeerId peer_;
  std::atomic<bool> answered_{false};
};

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

bool is_null(const Packet& value) { return value.data == "[null]" || value.data == "[]"; }

}  // namespace

void InquiryBoard::ask(const std::vector<Asked>& peers, Request request, AnswerSink sink) {
  auto open = std::make_unique<Open>();
  open->board = this;
  open->id = next_id_++;
  open->sink = std::move(sink);
  for (const Asked& asked : peers) open->waiting.insert(asked.id);
  const TimePoint now = reactor_.now();
  if (const auto* broadcast = std::get_if<BroadcastWithAck>(&request.question)) {
    open->end = now + broadcast->envelope->options.flags.timeout.value_or(kAckTime);
  }
  open->request = std::make_shared<const Request>(std::move(request));
  Open& placed = *open;
  open_.emplace(placed.id, std::move(open));
  if (peers.empty()) return finish(placed);

  reactor_.arm(placed, now + kPatience);
  const auto shared_request = placed.request;
  const std::uint64_t id = placed.id;
  for (const Asked& asked : peers) {
    asked.peer->inquire(std::make_shared<PeerInquiry>(inbox_, shared_request, id, asked.id));
  }
}

void InquiryBoard::merge(Open& open, Answer answer) {
  append(open.merged.ids, answer.ids);
  append(open.merged.rooms, answer.rooms);
  append(open.merged.sockets, answer.sockets);
  append(open.merged.values, answer.values);
  open.merged.clients += answer.clients;
}

void InquiryBoard::on_answer(std::uint64_t inquiry, PeerId peer, Answer answer) {
  const auto place = open_.find(inquiry);
  if (place == open_.end()) return;
  Open& open = *place->second;
  if (open.waiting.erase(peer) == 0) return;
  merge(open, std::move(answer));
  if (open.waiting.empty() && !open.answered) finish(open);
}

void InquiryBoard::on_ack(std::uint64_t inquiry, Packet packet) {
  const auto place = open_.find(inquiry);
  if (place == open_.end()) return;
  Open& open = *place->second;
  if (open.answered) {
    open.sink.acknowledge(std::move(packet));
  } else {
    open.early_acks.push_back(std::move(packet));
  }
}

void InquiryBoard::finish(Open& open) {
  open.answered = true;
  Answer answer = std::move(open.merged);
  if (std::holds_alternative<AskServers>(open.request->question) && answer.values.size() > 1) {
    // To the outside the process is one node and has one value: the first that says something.
    for (Packet& value : answer.values) {
      if (is_null(value)) continue;
      std::swap(answer.values.front(), value);
      break;
    }
    answer.values.resize(1);
  }
  open.sink.answer(std::move(answer));
  if (!std::holds_alternative<BroadcastWithAck>(open.request->question)) {
    open_.erase(open.id);
    return;
  }
  for (Packet& packet : open.early_acks) open.sink.acknowledge(std::move(packet));
  open.early_acks.clear();
  reactor_.arm(open, open.end);
}

void InquiryBoard::Open::on_timer(TimePoint) {
  if (answered) {
    board->open_.erase(id);  // destroys this
    return;
  }
  waiting.clear();
  board->finish(*this);
}

void InquiryBoard::forget(PeerId peer) {
  std::vector<std::uint64_t> concerned;
  for (const auto& [id, open] : open_) {
    if (open->waiting.contains(peer)) concerned.push_back(id);
  }
  for (const std::uint64_t id : concerned) on_answer(id, peer, {});
}

}  // namespace pushgate::node
