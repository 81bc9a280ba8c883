#include "command_queue.hpp"

#include <algorithm>
#include <utility>

namespace pushgate::redis {

namespace {

TimePoint rounded_up(TimePoint at) noexcept {
  if (at == TimePoint::max()) return at;
  const auto precision = std::chrono::duration_cast<Clock::duration>(CommandQueue::kPrecision);
  return TimePoint{(at.time_since_epoch() / precision + 1) * precision};
}

}  // namespace

CommandQueue::CommandQueue(std::size_t max_bytes, RedisMetrics& metrics) noexcept
    : max_bytes_(max_bytes), metrics_(metrics) {}

CommandQueue::~CommandQueue() {
  metrics_.queue_bytes.add(-counted_bytes_);
  metrics_.in_flight.add(-counted_sent_);
}

void CommandQueue::push(Command command, TimePoint deadline, ReplyCallback on_reply) {
  waiting_bytes_ += command.encoded_bytes();
  waiting_.push_back({rounded_up(deadline), std::move(on_reply), std::move(command)});
  deadline_ = std::min(deadline_, waiting_.back().deadline);
  count();
}

void CommandQueue::send(std::string& out, std::size_t limit_bytes) {
  while (!waiting_.empty() && out.size() < limit_bytes) {
    Waiting& one = waiting_.front();
    one.command.append_to(out);
    waiting_bytes_ -= one.command.encoded_bytes();
    sent_.push_back({one.deadline, std::move(one.on_reply)});
    waiting_.pop_front();
  }
  count();
}

bool CommandQueue::answer(Reply& reply) {
  if (sent_.empty()) return false;
  const Sent one = std::move(sent_.front());
  sent_.pop_front();
  count();
  if (reply.is_error()) metrics_.error_replies.add();
  if (one.on_reply) one.on_reply(std::move(reply));
  return true;
}

void CommandQueue::expire(TimePoint now) {
  if (now < deadline_) return;
  deadline_ = TimePoint::max();
  std::vector<ReplyCallback> late;
  for (Sent& one : sent_) {
    if (one.expired) continue;
    if (now < one.deadline) {
      deadline_ = std::min(deadline_, one.deadline);
      continue;
    }
    one.expired = true;
    late.push_back(std::exchange(one.on_reply, nullptr));
  }
  std::vector<ReplyCallback> never_sent;
  std::erase_if(waiting_, [&](Waiting& one) {
    if (now < one.deadline) {
      deadline_ = std::min(deadline_, one.deadline);
      return false;
    }
    waiting_bytes_ -= one.command.encoded_bytes();
    never_sent.push_back(std::move(one.on_reply));
    return true;
  });
  metrics_.timeouts.add(late.size() + never_sent.size());
  end(late, Error::timed_out);
  end(never_sent, Error::not_connected);
}

void CommandQueue::fail_sent(Error error) {
  std::vector<ReplyCallback> callbacks;
  for (Sent& one : sent_) {
    if (!one.expired) callbacks.push_back(std::move(one.on_reply));
  }
  sent_.clear();
  end(callbacks, error);
}

void CommandQueue::fail_waiting(Error error) {
  std::vector<ReplyCallback> callbacks;
  for (Waiting& one : waiting_) callbacks.push_back(std::move(one.on_reply));
  waiting_.clear();
  waiting_bytes_ = 0;
  end(callbacks, error);
}

void CommandQueue::end(std::vector<ReplyCallback>& callbacks, Error error) {
  count();
  metrics_.failures.add(callbacks.size());
  for (ReplyCallback& callback : callbacks) {
    if (callback) callback(make_error_code(error));
  }
}

void CommandQueue::count() {
  const auto bytes = static_cast<std::int64_t>(waiting_bytes_);
  const auto sent = static_cast<std::int64_t>(sent_.size());
  metrics_.queue_bytes.add(bytes - std::exchange(counted_bytes_, bytes));
  metrics_.in_flight.add(sent - std::exchange(counted_sent_, sent));
}

}  // namespace pushgate::redis
