#include "node/store/redis_log.hpp"

#include <algorithm>

#include "node/store/epoch.hpp"
#include "node/store/redis_scripts.hpp"
#include "node/store/store_codec.hpp"

namespace pushgate::node {

using redis::Command;
using redis::Reply;
using std::chrono::milliseconds;

namespace {

// Of a log that only the processes read, and no session.
constexpr std::uint64_t kTailLength = 10'000;
constexpr unsigned kReadCount = 1'000;
constexpr milliseconds kRetry{100};
// Redis answers, but what it was told does not come back through the stream.
constexpr milliseconds kPatience{5'000};

/// As Redis has it.
std::string id_of(const Offset& place) { return Offset{{}, place.high, place.low}.to_string(); }

}  // namespace

/// It says itself how far back it reaches.
RedisLog::Stream RedisLog::everything() const {
  return {settings_.stream, std::chrono::hours{24 * 365}};
}

/// With the length of the first name: both may contain any separator.
RedisLog::Stream RedisLog::of_room(std::string_view nsp, const RoomLog& log) const {
  std::string key = settings_.base + "room:" + std::to_string(nsp.size()) + ":";
  key.append(nsp).append(":").append(log.room);
  return {std::move(key), log.keep.ttl};
}

class RedisLog::Timer final : public runtime::TimerNode {
 public:
  explicit Timer(RedisLog& log) noexcept : log_(log) {}

 private:
  void on_timer(TimePoint) override { log_.on_timer(); }

  RedisLog& log_;
};

RedisLog::RedisLog(runtime::Reactor& reactor, redis::Client& client,
                   std::unique_ptr<redis::Client> reader, StoreMetrics& metrics,
                   std::unique_ptr<LogFormat> format, Settings settings)
    : reactor_(reactor),
      client_(client),
      reader_(std::move(reader)),
      metrics_(metrics),
      format_(std::move(format)),
      settings_(std::move(settings)),
      timer_(std::make_unique<Timer>(*this)),
      fresh_epoch_(make_epoch()) {}

RedisLog::~RedisLog() = default;

void RedisLog::follow() {
  if (!stopped_ && tail_ == nullptr) find_place();
}

void RedisLog::stop() {
  if (std::exchange(stopped_, true)) return;
  timer_.reset();
  if (tail_) tail_->stop();
  for (auto& [sequence, pending] : std::exchange(pending_, {})) {
    fail(pending, make_error_code(redis::Error::stopped));
  }
  for (Waiting& waiting : std::exchange(waiting_, {})) waiting.done({});
}

// ---- reading along
// --------------------------------------------------------------------------------

void RedisLog::find_place() {
  if (std::exchange(finding_, true)) return;
  ask({}, "0", 1, [this](const Reading& reading) {
    finding_ = false;
    if (stopped_) return;
    if (reading.miss == StoreMiss::none) {
      read_from(reading);
    } else {
      arm_timer();
    }
  });
}

void RedisLog::read_from(const Reading& reading) {
  place_ = Offset::parse(reading.position);
  if (!place_) return;
  place_->epoch = reading.epoch;
  StreamReader::Settings settings{.stream = settings_.stream, .count = kReadCount};
  settings.from = "0-0";
  if (reading.newest) {
    settings.from = id_of(*place_);
  }
  StreamReader::Events events;
  events.entry = [this](const std::string& id, const std::vector<std::string>& fields) {
    on_entry(id, fields);
  };
  events.read = [this] { on_read(); };
  events.gap = [this] {
    metrics_.gaps.add();
    if (sink_ != nullptr) sink_->on_gap();
  };
  events.state = [](const redis::ConnectionState&) {};
  tail_ = std::make_unique<StreamReader>(reactor_, std::move(reader_), std::move(settings),
                                         std::move(events));
  tail_->start();
  on_read();
}

void RedisLog::on_entry(const std::string& id, const std::vector<std::string>& fields) {
  std::optional<Offset> place = Offset::parse(id);
  const EntryTag tag = tag_of(fields);
  if (!place || (tag.epoch.empty() && has_epochs())) return;
  // Others do not write it.
  place->epoch = tag.epoch.empty() ? place_->epoch : std::string{tag.epoch};
  place_ = *place;
  if (tag.process == settings_.process) {
    // Not there: it was given up, and delivered without an offset.
    if (auto own = pending_.extract(tag.sequence)) settle(own.mapped(), *place);
    return;
  }
  if (sink_ == nullptr || format_->is_from_own_bus(fields)) return;
  std::optional<Envelope> envelope =
      format_->read(fields, [this](std::string_view nsp, const BroadcastOptions& options) {
        return sink_->wants(nsp, options);
      });
  if (!envelope) return;
  if (envelope->keep && settings_.offsets) envelope->offset = offset_of(*place);
  sink_->on_logged(std::make_shared<const Envelope>(std::move(*envelope)));
}

void RedisLog::on_read() {
  // Appended before reading began, or lost with a part of the stream.
  while (!pending_.empty() && pending_.begin()->second.place &&
         has_passed(*pending_.begin()->second.place)) {
    const Pending pending = std::move(pending_.extract(pending_.begin()).mapped());
    const Offset place = *pending.place;
    settle(pending, place);
  }
  if (sink_ != nullptr) sink_->on_position(offset_of(*place_));
  while (!waiting_.empty() && has_passed(waiting_.front().until)) {
    Waiting ready = std::move(waiting_.front());
    waiting_.pop_front();
    ready.done(std::move(ready.reading));
  }
}

std::string RedisLog::offset_of(const Offset& place) const {
  return has_epochs() ? place.to_string() : id_of(place);
}

/// Ids grow beyond epochs, too.
bool RedisLog::has_passed(const Offset& place) const noexcept {
  return place_ && std::is_lteq(place.order(*place_));
}

// ---- appending
// ------------------------------------------------------------------------------------

void RedisLog::append(const Envelope& envelope, const AppendRule& rule,
                      StoreDone<Result<std::string>> done) {
  if (stopped_) {
    if (done) done(make_error_code(redis::Error::stopped));
    return;
  }
  if (pending_.size() >= settings_.max_pending) {
    fail({std::move(done), {}, {}}, make_error_code(redis::Error::queue_full));
    return;
  }
  follow();
  const std::uint64_t sequence = next_sequence_++;
  std::vector<std::string> fields = format_->fields_of(envelope);
  append_tag(fields, settings_.process, sequence);
  const bool for_sessions = rule.for_sessions.count() > 0;
  Command command{"EVAL", kAppendScript, 2 + rule.rooms.size(), settings_.base + "epoch",
                  settings_.stream};
  for (const RoomLog& log : rule.rooms) command.arg(of_room(envelope.packet.nsp, log).first);
  command.arg(fresh_epoch_).arg(broken_ ? 1 : 0);
  command.arg(for_sessions ? settings_.length : std::min(kTailLength, settings_.length));
  command.arg(settings_.ttl.count()).arg(fields.size());
  for (const std::string& field : fields) command.arg(field);
  for (const RoomLog& log : rule.rooms) {
    command.arg(std::max<std::uint64_t>(1, log.keep.size)).arg(log.keep.ttl.count());
  }
  pending_.emplace(sequence, Pending{std::move(done), {}, reactor_.now()});
  client_.execute(std::move(command), settings_.stream,
                  [this, sequence, renew = broken_](const Result<Reply>& answer) {
                    on_appended(sequence, renew, answer);
                  });
}

void RedisLog::on_appended(std::uint64_t sequence, bool renew, const Result<Reply>& answer) {
  const bool is_good = answer && answer->is_array() && answer->elements.size() == 2;
  if (is_good && answer->elements[0].text == fresh_epoch_) fresh_epoch_ = make_epoch();
  if (is_good && renew) {
    broken_ = false;
    metrics_.epochs.add();
  }
  const auto found = pending_.find(sequence);
  if (!is_good) {
    metrics_.failures.add();
    if (found == pending_.end()) return;
    const Pending pending = std::move(pending_.extract(found).mapped());
    fail(pending, answer ? make_error_code(redis::Error::bad_reply) : answer.error());
    return;
  }
  if (found == pending_.end()) return;  // it came through the stream before the answer
  std::optional<Offset> place = Offset::parse(answer->elements[1].text);
  if (place) place->epoch = answer->elements[0].text;
  found->second.place = place;
  if (place && has_passed(*place)) {
    settle(pending_.extract(found).mapped(), *place);
  } else {
    arm_timer();
  }
}

void RedisLog::settle(const Pending& pending, const Offset& place) {
  metrics_.appended.add();
  if (pending.done) pending.done(offset_of(place));
}

/// Delivered or not, the log does not have it for sure: it cannot vouch for what is before.
void RedisLog::fail(const Pending& pending, ErrorCode error) {
  broken_ = true;
  metrics_.append_failures.add();
  if (pending.done) pending.done(error);
}

// ---- reading what was
// -----------------------------------------------------------------------------

void RedisLog::read(const std::vector<Stream>& streams, const std::string& since, std::size_t count,
                    std::function<void(Reading)> done) {
  ask(streams, since, count,
      [this, done = std::move(done)](Reading reading) { hand_over(std::move(reading), done); });
}

void RedisLog::hand_over(Reading reading, const std::function<void(Reading)>& done) {
  if (stopped_ || reading.miss != StoreMiss::none || !reading.newest ||
      has_passed(*reading.newest)) {
    done(std::move(reading));
    return;
  }
  const Offset until = *reading.newest;
  waiting_.push_back({until, reactor_.now(), done, std::move(reading)});
  arm_timer();
}

void RedisLog::ask(const std::vector<Stream>& streams, const std::string& since, std::size_t count,
                   std::function<void(Reading)> done) {
  const std::optional<Offset> place = Offset::parse(since);
  Command command{"EVAL", kReadScript, 2 + streams.size(), settings_.base + "epoch",
                  settings_.stream};
  for (const auto& [key, ttl] : streams) command.arg(key);
  command.arg(fresh_epoch_);
  if (place) {
    command.arg(place->epoch);
    command.arg(id_of(*place));
  } else {
    command.arg("").arg("");
  }
  command.arg(count);
  for (const auto& [key, ttl] : streams) command.arg(ttl.count());
  client_.execute(std::move(command), settings_.stream,
                  [this, count, is_broken = broken_ && place,
                   done = std::move(done)](const Result<Reply>& answer) {
                    if (!answer || answer->is_error()) metrics_.failures.add();
                    Reading reading = read_answer(answer, count, *format_);
                    // Something since is missing from the log; the next append says so to all.
                    if (is_broken && reading.miss == StoreMiss::none) {
                      reading.miss = StoreMiss::other_epoch;
                    }
                    done(std::move(reading));
                  });
}

// ---- time
// -----------------------------------------------------------------------------------------

void RedisLog::arm_timer() {
  if (timer_ == nullptr || timer_->armed()) return;
  reactor_.refresh_now();
  reactor_.arm(*timer_, reactor_.now() + (place_ ? kPatience : kRetry));
}

void RedisLog::on_timer() {
  follow();
  const TimePoint given_up = reactor_.now() - kPatience;
  while (!pending_.empty() && pending_.begin()->second.place &&
         pending_.begin()->second.since <= given_up) {
    fail(pending_.extract(pending_.begin()).mapped(), make_error_code(redis::Error::timed_out));
  }
  while (!waiting_.empty() && waiting_.front().since <= given_up) {
    Waiting late = std::move(waiting_.front());
    waiting_.pop_front();
    late.done({});
  }
  if (!pending_.empty() || !waiting_.empty()) arm_timer();
}

}  // namespace pushgate::node
