#include "node/bus/request_fsm.hpp"

#include <algorithm>

namespace pushgate::node {

namespace {
// How many times within the silence limit it is looked whether the silent nodes are still there.
constexpr int kLooks = 4;
}  // namespace

RequestFsm::RequestFsm(RequestLimits limits, std::optional<std::chrono::milliseconds> ack_time,
                       bool remote, TimePoint now)
    : limits_(limits),
      wants_acks_(ack_time.has_value()),
      last_answer_(now),
      end_(now + ack_time.value_or(limits.total)),
      next_recount_(now + limits.silence / kLooks),
      deadline_(now),
      census_pending_(remote) {}

void RequestFsm::expect(std::string key, std::string name) {
  local_.emplace(std::move(key), std::move(name));
}

void RequestFsm::on_census(Census census) {
  if (!counted_) {
    expected_ = std::move(census.alive);
    unnamed_ = census.unnamed;
    missing_ = std::move(census.hung);
  } else {
    for (auto it = expected_.begin(); it != expected_.end();) {
      const bool gone = !answered_.contains(it->first) && !census.alive.contains(it->first);
      const bool hung = std::count(census.hung.begin(), census.hung.end(), it->second) > 0;
      if (gone && hung) missing_.push_back(it->second);
      it = gone ? expected_.erase(it) : std::next(it);
    }
    unnamed_ = std::min(unnamed_, census.unnamed);
  }
  counted_ = true;
  census_pending_ = false;
}

void RequestFsm::on_unreachable(std::vector<std::string> names) {
  unreachable_ = true;
  census_pending_ = false;
  for (auto& [uid, name] : expected_) {
    if (!answered_.contains(uid)) names.push_back(name);
  }
  expected_.clear();
  unnamed_ = 0;
  missing_ = std::move(names);
  std::sort(missing_.begin(), missing_.end());
  missing_.erase(std::unique(missing_.begin(), missing_.end()), missing_.end());
}

bool RequestFsm::on_answer(TimePoint now, std::string_view uid, std::size_t clients) {
  if (uid.empty()) {
    ++unnamed_answered_;
  } else if (!answered_.emplace(uid).second) {
    return false;
  }
  last_answer_ = now;
  next_recount_ = now + limits_.silence / kLooks;
  clients_ += clients;
  return true;
}

void RequestFsm::on_gone(std::string_view key) {
  const auto place = local_.find(key);
  if (place != local_.end() && !answered_.contains(key)) local_.erase(place);
}

bool RequestFsm::everybody_answered() const {
  if (census_pending_ && !counted_) return false;
  std::size_t by_name = 0;
  for (const auto* nodes : {&local_, &expected_}) {
    for (const auto& [uid, name] : *nodes) {
      if (!answered_.contains(uid)) return false;
      ++by_name;
    }
  }
  return unnamed_answered_ + answered_.size() - by_name >= unnamed_;
}

bool RequestFsm::nodes_done(TimePoint now) {
  if (gave_up_ || everybody_answered()) return true;
  gave_up_ = now >= last_answer_ + limits_.silence || now >= end_;
  return gave_up_;
}

RequestFsm::Action RequestFsm::poll(TimePoint now) {
  deadline_ = end_;
  if (nodes_done(now)) {
    if (!wants_acks_ || acks_ >= clients_) return Action::finish;
    acks_timed_out_ = now >= end_;
    return acks_timed_out_ ? Action::finish : Action::wait;
  }
  deadline_ = std::min(deadline_, last_answer_ + limits_.silence);
  if (census_pending_ || unreachable_ || !counted_) return Action::wait;
  if (now >= next_recount_) {
    next_recount_ = now + limits_.silence / kLooks;
    census_pending_ = true;
    deadline_ = std::min(deadline_, next_recount_);
    return Action::recount;
  }
  deadline_ = std::min(deadline_, next_recount_);
  return Action::wait;
}

Answers RequestFsm::summary() const {
  Answers answers;
  answers.nodes = answered_.size() + unnamed_answered_;
  answers.missing = missing_;
  std::size_t by_name = 0;
  for (const auto* nodes : {&local_, &expected_}) {
    for (const auto& [uid, name] : *nodes) {
      if (answered_.contains(uid)) {
        ++by_name;
      } else {
        answers.missing.push_back(name);
      }
    }
  }
  const std::size_t others = unnamed_answered_ + answered_.size() - by_name;
  answers.missing_unnamed = unnamed_ > others ? unnamed_ - others : 0;
  answers.unreachable = unreachable_ || (census_pending_ && !counted_);
  answers.acks_timed_out = acks_timed_out_;
  return answers;
}

}  // namespace pushgate::node
