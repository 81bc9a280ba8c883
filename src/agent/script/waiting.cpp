#include "agent/script/waiting.hpp"

#include <algorithm>
#include <chrono>

#include <boost/asio/post.hpp>

#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/redis/client.hpp"
#include "pushgate/runtime/completion.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::agent {

namespace {

struct Event {
  Woken woken;
  bool late = false;  ///< the call's deadline has come first
};
using Setter = runtime::Completion<Event>::Setter;

class Alarm final : public runtime::TimerNode {
 public:
  Alarm(Setter done, bool late) : done_(std::move(done)), late_(late) {}

 private:
  void on_timer(TimePoint) override { done_(Event{NoWait{}, late_}); }

  Setter done_;
  bool late_;
};

class FlightWaiter final : public Flights::Waiter {
 public:
  FlightWaiter(Setter done, runtime::Reactor& reactor)
      : done_(std::move(done)), reactor_(reactor) {}

 private:
  // Posted, because the call that has landed is still running.
  void on_landed() override {
    boost::asio::post(reactor_.io(), [done = done_] { done(Event{}); });
  }

  Setter done_;
  runtime::Reactor& reactor_;
};

/// One wait of one call, from its start until the call has gone on. Gives up what it waits for when
/// destroyed.
class Waiting {
 public:
  Waiting(ScriptState& state, Call& call)
      : thread_(*call.thread),
        now_(thread_.reactor().now()),
        deadline_(call.allowance.deadline),
        alarm_(completion_.setter(), ends_late(call.wait)),
        in_flight_(completion_.setter(), thread_.reactor()) {
    thread_.reactor().arm(alarm_, alarm_time(call.wait));
    if (auto* const redis = std::get_if<RedisWait>(&call.wait)) ask_redis(*redis);
    if (auto* const http = std::get_if<HttpWait>(&call.wait)) ask_http(*http);
    if (auto* const flight = std::get_if<FlightWait>(&call.wait)) {
      in_flight_.join(state.flights(), flight->key);
    }
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    if (http_ != nullptr) http_->cancel(http_id_);
  }

  auto wait() noexcept { return completion_.wait(); }
  void over() noexcept { http_ = nullptr; }

 private:
  TimePoint end_of_sleep(const Wait& wait) const noexcept {
    const auto* const sleep = std::get_if<SleepWait>(&wait);
    return sleep == nullptr ? TimePoint::max() : now_ + sleep->time;
  }
  bool ends_late(const Wait& wait) const noexcept { return end_of_sleep(wait) > deadline_; }
  TimePoint alarm_time(const Wait& wait) const noexcept {
    return std::min(end_of_sleep(wait), deadline_);
  }
  std::chrono::milliseconds rest() const noexcept {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - now_);
    return std::max(left, std::chrono::milliseconds{1});
  }

  // A command waits while Redis is away. Half of the time is left to a script that has something
  // else to say then.
  void ask_redis(RedisWait& redis) {
    thread_.metrics().lookups.add();
    thread_.redis()->execute(
        std::move(redis.command), redis.key,
        [done = completion_.setter()](Result<redis::Reply> reply) {
          done(Event{Woken{std::move(reply)}});
        },
        std::max(rest() / 2, std::chrono::milliseconds{1}));
  }
  // Asked for longer than the call waits, whose own alarm decides, unless the script wants less.
  void ask_http(HttpWait& http) {
    thread_.metrics().lookups.add();
    http_ = &thread_.http();
    http_id_ = http_->start(std::move(http.request),
                            [done = completion_.setter()](Result<fetch::Response> response) {
                              done(Event{Woken{std::move(response)}});
                            });
  }

  SourceThread& thread_;
  TimePoint now_;
  TimePoint deadline_;
  runtime::Completion<Event> completion_;
  Alarm alarm_;
  FlightWaiter in_flight_;
  fetch::Client* http_ = nullptr;
  fetch::Client::Id http_id_ = 0;
};

}  // namespace

runtime::Task<Progress> finish_call(const CallLease& lease) {
  ScriptState& state = lease.state();
  Call& call = lease.call();
  Progress progress = Progress::waiting;
  while (progress == Progress::waiting) {
    Waiting waiting{state, call};
    Event event = co_await waiting.wait();
    if (event.late) {
      call.allowance.excess = Excess::time;
      progress = Progress::failed;
    } else {
      waiting.over();
      call.woken = std::move(event.woken);
      // Still in the queue of a flight while it runs: whoever takes off must be known by then.
      progress = state.run(call);
    }
  }
  co_return progress;
}

}  // namespace pushgate::agent
