#include "node/store/redis_reading.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "node/store/store_codec.hpp"

namespace pushgate::node {

using redis::Reply;

namespace {

std::uint64_t number_of(std::string_view text) noexcept {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

StoreMiss miss_of(std::string_view word) noexcept {
  for (const StoreMiss miss : {StoreMiss::other_epoch, StoreMiss::bad_offset, StoreMiss::trimmed}) {
    if (word == name_of(miss)) return miss;
  }
  return StoreMiss::none;
}

void add_entries(Reading& reading, const Reply& stream) {
  for (const Reply& entry : stream.elements) {
    if (entry.elements.size() != 2) continue;
    std::optional<Offset> place = Offset::parse(entry.elements[0].text);
    std::optional<Envelope> envelope = envelope_of(texts_of(entry.elements[1]));
    if (!place || !envelope) continue;
    place->epoch = reading.epoch;
    envelope->offset = place->to_string();
    reading.entries.push_back({*place, std::make_shared<const Envelope>(std::move(*envelope))});
  }
}

}  // namespace

Reading read_answer(const Result<Reply>& answer, std::size_t count) {
  Reading reading;
  if (!answer || !answer->is_array() || answer->elements.size() < 4) return reading;
  reading.epoch = answer->elements[0].text;
  reading.position = reading.epoch + "-" + answer->elements[1].text;
  reading.miss = miss_of(answer->elements[2].text);
  reading.newest = Offset::parse(answer->elements[3].text);
  for (std::size_t i = 4; i < answer->elements.size(); ++i) {
    reading.cut = reading.cut || answer->elements[i].elements.size() >= count;
    add_entries(reading, answer->elements[i]);
  }
  const auto before = [](const LogEntry& a, const LogEntry& b) {
    return std::is_lt(a.place.order(b.place));
  };
  const auto same = [](const LogEntry& a, const LogEntry& b) { return a.place == b.place; };
  std::sort(reading.entries.begin(), reading.entries.end(), before);
  const auto end = std::unique(reading.entries.begin(), reading.entries.end(), same);
  reading.entries.erase(end, reading.entries.end());
  return reading;
}

std::optional<PushReport> report_of(const std::string& id, const Result<Reply>& answer) {
  if (!answer || answer->elements.empty()) return std::nullopt;
  PushReport report{.message_id = id};
  for (std::size_t i = 0; i + 1 < answer->elements.size(); i += 2) {
    const std::string& name = answer->elements[i].text;
    const std::uint64_t value = number_of(answer->elements[i + 1].text);
    if (name.size() < 3) continue;
    const std::string uid = name.substr(2);
    auto user = std::find_if(report.users.begin(), report.users.end(),
                             [&uid](const PushStatus& status) { return status.uid == uid; });
    if (user == report.users.end()) {
      user = report.users.insert(report.users.end(), PushStatus{.uid = uid});
    }
    if (name[0] == 's') user->sent = value;
    if (name[0] == 'a') user->acknowledged = value;
    if (name[0] == 't') user->timed_out = value;
    if (name[0] == 'm') user->stored = value > 0;
  }
  return report;
}

}  // namespace pushgate::node
