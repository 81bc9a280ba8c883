#include "node/bus/stream_reader.hpp"

#include <charconv>
#include <cstdint>
#include <utility>

namespace pushgate::node {

namespace {

constexpr std::chrono::milliseconds kRetry{100};
// Beyond the time that the read itself may take.
constexpr std::chrono::milliseconds kGrace{2000};

/// "1700000000000-3" as two numbers that compare as the ids do.
std::pair<std::uint64_t, std::uint64_t> parse_id(std::string_view id) noexcept {
  std::pair<std::uint64_t, std::uint64_t> parts{0, 0};
  const char* const end = id.data() + id.size();
  const auto [dash, error] = std::from_chars(id.data(), end, parts.first);
  if (error == std::errc{} && dash != end) std::from_chars(dash + 1, end, parts.second);
  return parts;
}

/// The id of the only entry of an XRANGE or XREVRANGE with COUNT 1; "0-0" if there is none.
std::string only_id(const redis::Reply& reply) {
  if (reply.elements.empty() || reply.elements.front().elements.empty()) return "0-0";
  return reply.elements.front().elements.front().text;
}

}  // namespace

class StreamReader::Retry final : public runtime::TimerNode {
 public:
  explicit Retry(StreamReader& reader) noexcept : reader_(reader) {}

 private:
  void on_timer(TimePoint) override { reader_.try_again(); }

  StreamReader& reader_;
};

StreamReader::StreamReader(runtime::Reactor& reactor, std::unique_ptr<redis::Client> client,
                           Settings settings, Events events)
    : reactor_(reactor),
      client_(std::move(client)),
      settings_(std::move(settings)),
      events_(std::move(events)),
      retry_(std::make_unique<Retry>(*this)) {}

StreamReader::~StreamReader() = default;

void StreamReader::start() {
  client_->start();
  last_id_ = settings_.from;
  if (last_id_.empty()) {
    find_place();
  } else {
    read();
  }
}

void StreamReader::stop() {
  stopped_ = true;
  retry_.reset();
  client_->stop();
}

void StreamReader::tell(bool up, std::string reason) {
  if (stopped_ || (std::exchange(up_, up) == up && up)) return;
  events_.state({up, {}, std::move(reason)});
}

void StreamReader::fail(const Result<redis::Reply>& reply) {
  if (stopped_) return;
  // A read that ends at its deadline while the connection is being made anew is no news either.
  const std::string why = reply ? reply->text : reply.error().message();
  tell(false, settings_.stream + ": " + why);
  reactor_.refresh_now();
  reactor_.arm(*retry_, reactor_.now() + kRetry);
}

void StreamReader::try_again() {
  if (last_id_.empty()) {
    find_place();
  } else {
    check_for_loss(last_id_);
  }
}

void StreamReader::find_place() {
  client_->execute(redis::Command{"XREVRANGE", settings_.stream, "+", "-", "COUNT", "1"},
                   settings_.stream, [this](Result<redis::Reply> reply) {
                     if (!reply || !reply->is_array()) return fail(reply);
                     last_id_ = only_id(*reply);
                     tell(true, {});
                     read();
                   });
}

void StreamReader::check_for_loss(const std::string& seen) {
  client_->execute(redis::Command{"XRANGE", settings_.stream, "-", "+", "COUNT", "1"},
                   settings_.stream, [this, seen](Result<redis::Reply> reply) {
                     if (!reply || !reply->is_array()) return fail(reply);
                     const std::string oldest = only_id(*reply);
                     const bool empty = oldest == "0-0";
                     const bool had_some = seen != "0-0";
                     if (empty) last_id_ = oldest;  // a new stream may begin with smaller ids
                     tell(true, {});
                     if (had_some && (empty || parse_id(oldest) > parse_id(seen))) events_.gap();
                     if (!stopped_) read();
                   });
}

void StreamReader::read() {
  redis::Command command{"XREAD", "BLOCK"};
  command.arg(settings_.block.count()).arg("COUNT").arg(settings_.count);
  command.arg("STREAMS").arg(settings_.stream).arg(last_id_);
  client_->execute(
      std::move(command), settings_.stream,
      [this](const Result<redis::Reply>& reply) { on_entries(reply); }, settings_.block + kGrace);
}

void StreamReader::on_entries(const Result<redis::Reply>& reply) {
  if (stopped_) return;
  if (!reply || (!reply->is_array() && !reply->is_nil())) return fail(reply);
  const std::string seen = last_id_;
  std::size_t entries = 0;
  // [[stream, [[id, [name, value, ...]], ...]]], or nil: nothing within the time.
  for (const redis::Reply& stream : reply->elements) {
    if (stream.elements.size() != 2) continue;
    entries += stream.elements[1].elements.size();
    take(stream.elements[1]);
  }
  if (stopped_) return;
  tell(true, {});
  if (entries > 0 && events_.read) events_.read();
  // Streams are kept longer than `count`, so whoever is too slow and missed some read that many.
  if (entries >= settings_.count) {
    check_for_loss(seen);
  } else {
    read();
  }
}

void StreamReader::take(const redis::Reply& entries) {
  for (const redis::Reply& entry : entries.elements) {
    if (entry.elements.size() != 2) continue;
    std::vector<std::string> fields;
    fields.reserve(entry.elements[1].elements.size());
    for (const redis::Reply& field : entry.elements[1].elements) fields.push_back(field.text);
    last_id_ = entry.elements[0].text;
    events_.entry(last_id_, fields);
    if (stopped_) return;
  }
}

}  // namespace pushgate::node
