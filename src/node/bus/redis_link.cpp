#include "node/bus/redis_link.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace pushgate::node {

namespace {

// Of a connection that nothing has become of so far: it has no error either.
constexpr const char* kNotYet = "not connected yet";

// Takes away what has run out, puts our own lease in, answers with all that is left. The time is
// Redis's own, so the clocks of the processes need not agree.
constexpr std::string_view kLeaseScript = R"(
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
return redis.call('ZRANGE', KEYS[1], 0, -1)
)";

constexpr int kRenewalsPerLease = 3;
constexpr std::chrono::milliseconds kCountTime{1000};
constexpr std::chrono::milliseconds kGoodbyeTime{500};

/// The numbers of PUBSUB NUMSUB: names and numbers in turn. Adds to what other masters said.
void add_counts(const redis::Reply& reply, std::map<std::string, std::uint64_t>& counts) {
  for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
    const redis::Reply& number = reply.elements[i + 1];
    std::uint64_t value = number.is_integer() ? static_cast<std::uint64_t>(number.integer) : 0;
    if (number.is_text()) {
      std::from_chars(number.text.data(), number.text.data() + number.text.size(), value);
    }
    counts[reply.elements[i].text] += value;
  }
}

}  // namespace

class RedisLink::LeaseTimer final : public runtime::TimerNode {
 public:
  explicit LeaseTimer(RedisLink& link) noexcept : link_(link) {}

 private:
  void on_timer(TimePoint) override { link_.keep_lease(); }

  RedisLink& link_;
};

RedisLink::RedisLink(RedisBusContext context, const RedisBusSettings& settings, std::string uid,
                     std::unique_ptr<redis::Client> client)
    : context_(context),
      lease_key_("pushgate:nodes:" + settings.prefix),
      lease_member_(NodeDirectory::member(uid, settings.name)),
      lease_(settings.lease),
      client_(std::move(client)),
      directory_(std::move(uid)),
      lease_timer_(std::make_unique<LeaseTimer>(*this)) {}

RedisLink::~RedisLink() = default;

void RedisLink::start(WireEvents& events, Handlers handlers) {
  events_ = &events;
  parts_["send"] = {false, {}, kNotYet};
  client_->on_state([this](const redis::ConnectionState& state) {
    if (state.up) keep_lease();  // the others shall know as soon as there is a way to tell them
    set_part("send", state);
  });
  redis::SubscriberEvents heard;
  heard.message = std::move(handlers.message);
  heard.gap = std::move(handlers.gap);
  heard.state = [this](const redis::ConnectionState& state) { set_part("receive", state); };
  subscriber_ = client_->make_subscriber(std::move(heard));
  client_->start();
}

void RedisLink::set_part(const std::string& what, const redis::ConnectionState& state) {
  parts_[what] = state;
  tell_status();
}

void RedisLink::tell_status() {
  if (closed_) return;
  BusStatus status;
  std::size_t up = 0;
  for (const auto& [what, state] : parts_) {
    if (state.up) ++up;
    // Without an error there was no attempt yet.
    if (state.up || !state.error || status.reason.find(state.reason) != std::string::npos) continue;
    status.reason += (status.reason.empty() ? "redis " : "; ") + state.reason;
  }
  status.state = up == parts_.size() ? BusState::up : up == 0 ? BusState::down : BusState::degraded;
  status.connecting = status.state != BusState::up && status.reason.empty();
  if (status.connecting) status.reason = kNotYet;
  events_->on_status(std::move(status));
}

void RedisLink::subscribe(redis::SubscriptionKind kind, const std::string& channel) {
  if (closed_) return;
  if (!parts_.contains("receive")) {
    parts_["receive"] = {false, {}, kNotYet};
    tell_status();
  }
  subscriber_->subscribe(kind, channel);
}

void RedisLink::unsubscribe(redis::SubscriptionKind kind, const std::string& channel) {
  if (!closed_) subscriber_->unsubscribe(kind, channel);
}

void RedisLink::send(redis::Command command, const std::string& order, PublishDone done) {
  if (closed_) {
    if (done) done(redis::make_error_code(redis::Error::stopped));
    return;
  }
  client_->execute(std::move(command), order,
                   [this, done = std::move(done)](Result<redis::Reply> reply) {
                     BusMetrics& metrics = events_->wire_metrics();
                     ErrorCode error;
                     if (!reply) {
                       error = reply.error();
                     } else if (reply->is_error()) {
                       error = redis::Error::bad_reply;
                       context_.log.warn("bus: redis refused a message", {{"error", reply->text}});
                     }
                     (error ? metrics.publish_failures : metrics.published).add();
                     if (!done) return;
                     if (error) {
                       done(error);
                     } else {
                       done(reply->is_text() ? std::move(reply->text) : std::string{});
                     }
                   });
}

// ---- who is there
// ---------------------------------------------------------------------------------

void RedisLink::keep_lease() {
  if (closed_) return;
  reactor().refresh_now();
  reactor().arm(*lease_timer_, reactor().now() + lease_ / kRenewalsPerLease);
  if (!client_->is_up()) return;
  redis::Command script{"EVAL", kLeaseScript, "1", lease_key_, lease_member_};
  script.arg(lease_.count());
  client_->execute(
      std::move(script), lease_key_, [this](const Result<redis::Reply>& reply) { on_lease(reply); },
      lease_ / kRenewalsPerLease);
}

void RedisLink::on_lease(const Result<redis::Reply>& reply) {
  if (closed_ || !reply) return;
  if (!reply->is_array()) {
    if (std::exchange(leases_work_, false)) {
      context_.log.warn("bus: no leases, silent processes will have no names",
                        {{"error", reply->text}});
    }
    return;
  }
  leases_work_ = true;
  std::vector<std::string> members;
  for (const redis::Reply& element : reply->elements) members.push_back(element.text);
  directory_.on_members(members, reactor().now());
  events_->on_known_nodes(directory_.names());
}

void RedisLink::report_unreachable(const std::string& request_id) {
  events_->on_unreachable(request_id, directory_.names());
}

void RedisLink::count(const std::string& request_id, bool sharded, const std::string& channel,
                      const OwnChannel& own_channel, bool quiet) {
  if (!client_->is_up()) {
    if (!quiet) report_unreachable(request_id);
    return;
  }
  redis::Command command{"PUBSUB", sharded ? "SHARDNUMSUB" : "NUMSUB", channel};
  std::map<std::string, std::string> uid_of;  // by channel
  uid_of.emplace(own_channel(uid()), uid());
  for (const std::string& other : directory_.uids()) uid_of.emplace(own_channel(other), other);
  for (const auto& [name, uid] : uid_of) command.arg(name);
  client_->execute_everywhere(
      std::move(command),
      [this, request_id, channel, uid_of = std::move(uid_of),
       quiet](const std::vector<Result<redis::Reply>>& replies) {
        std::map<std::string, std::uint64_t> counts;
        bool answered = false;
        for (const auto& reply : replies) {
          if (!reply || !reply->is_array()) continue;
          answered = true;
          add_counts(*reply, counts);
        }
        if (!answered) {
          if (!quiet) report_unreachable(request_id);
          return;
        }
        std::map<std::string, std::uint64_t> by_uid;
        for (const auto& [name, uid] : uid_of) by_uid[uid] = counts[name];
        events_->on_census(request_id, directory_.census(counts[channel], by_uid));
      },
      kCountTime);
}

// ---- the end
// --------------------------------------------------------------------------------------

void RedisLink::close(std::function<void()> done) {
  closed_ = true;
  lease_timer_.reset();
  subscriber_->stop();
  const auto finish = [this, done = std::move(done)] {
    client_->stop();
    done();
  };
  if (!client_->is_up()) return finish();
  client_->execute(
      redis::Command{"ZREM", lease_key_, lease_member_}, lease_key_,
      [finish](const Result<redis::Reply>&) { finish(); }, kGoodbyeTime);
}

}  // namespace pushgate::node
