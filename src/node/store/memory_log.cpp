#include "node/store/memory_log.hpp"

#include <algorithm>
#include <utility>

namespace pushgate::node {

namespace {

constexpr std::size_t kEntryBytes = 256;  // about what the objects around the text take

std::size_t size_of(const Envelope& envelope) {
  std::size_t bytes = kEntryBytes + envelope.packet.data.size() + envelope.packet.nsp.size();
  for (const std::string& part : envelope.packet.attachments)
    bytes += part.size() + sizeof(std::string);
  for (const std::string& room : envelope.options.rooms) bytes += room.size() + sizeof(std::string);
  for (const std::string& room : envelope.options.except)
    bytes += room.size() + sizeof(std::string);
  return bytes;
}

std::string key_of(const std::string& nsp, const std::string& room) {
  std::string key = nsp;
  key += '\0';
  return key += room;
}

}  // namespace

std::string MemoryLog::append(const EnvelopePtr& envelope, const AppendRule& rule, TimePoint now) {
  const std::uint64_t number = ++last_;
  auto kept = std::make_shared<Envelope>(*envelope);
  kept->offset = text_of(number);
  Entry entry{kept, size_of(*kept), 0};
  bytes_ += entry.bytes;
  entries_.emplace(number, std::move(entry));
  metrics_.messages.add(1);
  metrics_.appended.add();

  const std::string& nsp = envelope->packet.nsp;
  if (rule.for_sessions.count() > 0) {
    namespaces_[nsp].places.push_back({number, now + rule.for_sessions});
    ++entries_.at(number).holders;
  }
  for (const RoomLog& log : rule.rooms) keep_in_room(nsp, log, number, now);
  return kept->offset;
}

void MemoryLog::keep_in_room(const std::string& nsp, const RoomLog& log, std::uint64_t number,
                             TimePoint now) {
  const std::string key = key_of(nsp, log.room);
  const auto [found, is_new] = rooms_.try_emplace(key);
  RoomPlaces& room = found->second;
  if (!is_new && !room.numbers.empty() && room.numbers.back() == number) return;  // named twice
  room.due = now + log.keep.ttl;
  if (is_new) {
    room.nsp = nsp;
    room.trimmed_through = namespaces_[nsp].rooms_forgotten_through;
    room_dues_.emplace(room.due, key);
    metrics_.rooms.add(1);
  }
  room.numbers.push_back(number);
  ++entries_.at(number).holders;
  while (room.numbers.size() > std::max<std::uint64_t>(1, log.keep.size)) {
    drop_first(room);
    metrics_.trimmed.add();
  }
}

void MemoryLog::drop_first(RoomPlaces& room) {
  room.trimmed_through = room.numbers.front();
  room.numbers.pop_front();
  release(room.trimmed_through);
}

void MemoryLog::release(std::uint64_t number) {
  const auto found = entries_.find(number);
  if (found == entries_.end() || --found->second.holders > 0) return;
  bytes_ -= found->second.bytes;
  entries_.erase(found);
  metrics_.messages.add(-1);
}

void MemoryLog::forget_room(const std::string& key) {
  const auto found = rooms_.find(key);
  RoomPlaces& room = found->second;
  while (!room.numbers.empty()) {
    drop_first(room);
    metrics_.trimmed.add();
  }
  std::uint64_t& forgotten = namespaces_[room.nsp].rooms_forgotten_through;
  forgotten = std::max(forgotten, room.trimmed_through);
  rooms_.erase(found);
  metrics_.rooms.add(-1);
}

// ---- reading
// -------------------------------------------------------------------------------------

StoreMiss MemoryLog::place_of(std::string_view since, std::uint64_t& number) const {
  const std::optional<Offset> offset = Offset::parse(since);
  if (!offset) return StoreMiss::bad_offset;
  if (offset->epoch != epoch_) return StoreMiss::other_epoch;
  if (offset->high > last_) return StoreMiss::bad_offset;
  number = offset->high;
  return StoreMiss::none;
}

Missed MemoryLog::read_history(const HistoryQuery& query) const {
  Missed missed{.offset = position()};
  const bool wants_all = query.since == "0";
  std::uint64_t since = 0;
  if (!wants_all) missed.miss = place_of(query.since, since);
  const auto nsp = namespaces_.find(query.nsp);
  const std::uint64_t forgotten =
      nsp == namespaces_.end() ? 0 : nsp->second.rooms_forgotten_through;
  std::vector<std::uint64_t> numbers;
  for (const RoomLog& log : query.rooms) {
    if (missed.miss != StoreMiss::none) return missed;
    const auto found = rooms_.find(key_of(query.nsp, log.room));
    const bool is_known = found != rooms_.end();
    if (!wants_all && since < (is_known ? found->second.trimmed_through : forgotten)) {
      missed.miss = StoreMiss::trimmed;
    } else if (is_known) {
      const std::deque<std::uint64_t>& all = found->second.numbers;
      numbers.insert(numbers.end(), std::upper_bound(all.begin(), all.end(), since), all.end());
    }
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  if (numbers.size() > query.limit) {
    if (!wants_all) missed.miss = StoreMiss::trimmed;
    numbers.erase(numbers.begin(), numbers.end() - static_cast<std::ptrdiff_t>(query.limit));
  }
  if (missed.miss != StoreMiss::none) return missed;
  for (const std::uint64_t number : numbers) {
    missed.events.push_back(entries_.at(number).envelope);
  }
  return missed;
}

Missed MemoryLog::read_for_session(const std::string& nsp, std::string_view since,
                                   const Audience& audience, std::size_t limit) const {
  Missed missed{.offset = position()};
  std::uint64_t number = 0;
  missed.miss = place_of(since, number);
  const auto found = namespaces_.find(nsp);
  if (missed.miss != StoreMiss::none || found == namespaces_.end()) return missed;
  const SessionsLog& log = found->second;
  if (number < log.trimmed_through) {
    missed.miss = StoreMiss::trimmed;
    return missed;
  }
  auto place =
      std::upper_bound(log.places.begin(), log.places.end(), number,
                       [](std::uint64_t value, const Place& at) { return value < at.number; });
  for (; place != log.places.end(); ++place) {
    const EnvelopePtr& envelope = entries_.at(place->number).envelope;
    if (!is_meant_for(envelope->options, audience)) continue;
    if (missed.events.size() == limit) {
      missed.miss = StoreMiss::trimmed;
      missed.events.clear();
      return missed;
    }
    missed.events.push_back(envelope);
  }
  return missed;
}

// ---- forgetting
// ----------------------------------------------------------------------------------

void MemoryLog::expire(TimePoint now) {
  for (auto& [nsp, log] : namespaces_) {
    while (!log.places.empty() && log.places.front().due <= now) {
      log.trimmed_through = log.places.front().number;
      log.places.pop_front();
      release(log.trimmed_through);
      metrics_.trimmed.add();
    }
  }
  while (!room_dues_.empty() && room_dues_.begin()->first <= now) {
    std::string key = std::move(room_dues_.begin()->second);
    room_dues_.erase(room_dues_.begin());
    const TimePoint due = rooms_.at(key).due;
    if (due <= now) {
      forget_room(key);
    } else {
      room_dues_.emplace(due, std::move(key));
    }
  }
}

std::optional<TimePoint> MemoryLog::next_due() const {
  std::optional<TimePoint> due;
  if (!room_dues_.empty()) due = room_dues_.begin()->first;
  for (const auto& [nsp, log] : namespaces_) {
    if (log.places.empty()) continue;
    due = due ? std::min(*due, log.places.front().due) : log.places.front().due;
  }
  return due;
}

bool MemoryLog::evict_oldest() {
  if (entries_.empty()) return false;
  const std::uint64_t number = entries_.begin()->first;
  const EnvelopePtr envelope = entries_.begin()->second.envelope;
  const std::string& nsp = envelope->packet.nsp;
  // Being the oldest of all, it is the first of every list that has it.
  if (const auto found = namespaces_.find(nsp); found != namespaces_.end()) {
    std::deque<Place>& places = found->second.places;
    if (!places.empty() && places.front().number == number) {
      places.pop_front();
      found->second.trimmed_through = number;
      release(number);
    }
  }
  for (const std::string& name : envelope->options.rooms) {
    const auto found = rooms_.find(key_of(nsp, name));
    if (found == rooms_.end() || found->second.numbers.empty()) continue;
    if (found->second.numbers.front() == number) drop_first(found->second);
  }
  metrics_.evicted_messages.add();
  return true;
}

}  // namespace pushgate::node
