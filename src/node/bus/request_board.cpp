#include "node/bus/request_board.hpp"

#include <iterator>
#include <unordered_set>

namespace pushgate::node {

namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void drop_repeated(std::vector<std::string>& names) {
  std::unordered_set<std::string_view> seen;
  std::vector<bool> repeated;
  repeated.reserve(names.size());
  for (const std::string& name : names) repeated.push_back(!seen.insert(name).second);
  seen.clear();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (repeated[i]) continue;
    if (kept != i) names[kept] = std::move(names[i]);
    ++kept;
  }
  names.resize(kept);
}

/// Where there is no message for a question, sockets are fetched: what was asked for is in them.
void take_from_sockets(const Question& question, Answer& answer) {
  if (std::holds_alternative<ListSockets>(question)) {
    for (const RemoteSocket& socket : answer.sockets) answer.ids.push_back(socket.id);
    answer.sockets.clear();
  } else if (std::holds_alternative<ListRooms>(question)) {
    for (RemoteSocket& socket : answer.sockets) append(answer.rooms, socket.rooms);
    answer.sockets.clear();
  }
}

}  // namespace

void RequestBoard::begin(const std::string& id, const Request& request, RequestLimits limits,
                         bool remote, const std::vector<Expected>& local, RequestDone done) {
  metrics_.requests.add();
  std::optional<std::chrono::milliseconds> ack_time;
  if (const auto* broadcast = std::get_if<BroadcastWithAck>(&request.question)) {
    ack_time = broadcast->envelope->options.flags.timeout.value_or(limits.total);
  }
  auto pending = std::make_unique<Pending>(RequestFsm{limits, ack_time, remote, reactor_.now()});
  pending->board = this;
  pending->id = id;
  pending->nsp = request.nsp;
  pending->question = request.question;
  pending->done = std::move(done);
  for (const Expected& node : local) pending->fsm.expect(node.key, node.name);
  pending_.emplace(id, std::move(pending));
}

RequestBoard::Pending* RequestBoard::find(const std::string& id) {
  const auto place = pending_.find(id);
  return place == pending_.end() ? nullptr : place->second.get();
}

void RequestBoard::settle(const std::string& id) {
  if (Pending* const pending = find(id)) poll(*pending);
}

void RequestBoard::on_census(const std::string& id, Census census) {
  Pending* const pending = find(id);
  if (pending == nullptr) return;
  pending->fsm.on_census(std::move(census));
  poll(*pending);
}

void RequestBoard::on_unreachable(const std::string& id, std::vector<std::string> names) {
  Pending* const pending = find(id);
  if (pending == nullptr) return;
  pending->fsm.on_unreachable(std::move(names));
  poll(*pending);
}

void RequestBoard::on_answer(const std::string& id, std::string_view key, Answer answer) {
  Pending* const pending = find(id);
  if (pending == nullptr) {
    metrics_.late_answers.add();
    return;
  }
  if (!pending->fsm.on_answer(reactor_.now(), key, answer.clients)) return;
  take_from_sockets(pending->question, answer);
  Answer& all = pending->all;
  append(all.ids, answer.ids);
  append(all.rooms, answer.rooms);
  append(all.sockets, answer.sockets);
  append(all.values, answer.values);
  all.clients += answer.clients;
  poll(*pending);
}

void RequestBoard::on_ack(const std::string& id, Packet packet) {
  Pending* const pending = find(id);
  if (pending == nullptr) {
    metrics_.late_answers.add();
    return;
  }
  pending->all.values.push_back(std::move(packet));
  pending->fsm.on_ack();
  poll(*pending);
}

void RequestBoard::forget(std::string_view key) {
  std::vector<std::string> ids;
  for (const auto& [id, pending] : pending_) ids.push_back(id);
  for (const std::string& id : ids) {
    Pending* const pending = find(id);
    if (pending == nullptr) continue;
    pending->fsm.on_gone(key);
    poll(*pending);
  }
}

void RequestBoard::finish_all() {
  while (!pending_.empty()) finish(*pending_.begin()->second);
}

void RequestBoard::poll(Pending& pending) {
  switch (pending.fsm.poll(reactor_.now())) {
    case RequestFsm::Action::finish:
      return finish(pending);
    case RequestFsm::Action::recount:
      reactor_.arm(pending, pending.fsm.deadline());
      recount_(pending.id, pending.nsp);
      return;
    case RequestFsm::Action::wait:
      reactor_.arm(pending, pending.fsm.deadline());
      return;
  }
}

void RequestBoard::finish(Pending& pending) {
  Answers answers = pending.fsm.summary();
  answers.all = std::move(pending.all);
  drop_repeated(answers.all.ids);
  drop_repeated(answers.all.rooms);
  if (answers.partial()) metrics_.partial_requests.add();
  const RequestDone done = std::move(pending.done);
  const std::string id = pending.id;
  pending_.erase(id);
  done(std::move(answers));
}

void RequestBoard::Pending::on_timer(TimePoint) { board->poll(*this); }

}  // namespace pushgate::node
