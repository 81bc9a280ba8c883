#include "agent/lookup/lookup_cache.hpp"

#include <openssl/evp.h>

namespace pushgate::agent {

Seat::Seat(FlightPtr flight) : flight_(std::move(flight)) {
  ++flight_->seats;
  flight_->waiting.push_back(answer_.setter());
}

Seat::~Seat() {
  if (flight_ && --flight_->seats == 0) flight_->cache->abandon(*flight_);
}

runtime::Task<SourceValue> answer_for(Seat seat) {
  const AnswerPtr answer = co_await seat.wait();
  co_return answer->to_value();
}

std::string_view LookupCache::shorten(std::string_view key) noexcept {
  if (key.size() < sizeof digest_) return key;
  // Fetched once: SHA256() would look it up, under locks, each time.
  static const EVP_MD* const sha256 = ::EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (::EVP_Digest(key.data(), key.size(), digest_, nullptr, sha256, nullptr) != 1) return key;
  return {reinterpret_cast<const char*>(digest_), sizeof digest_};
}

const LookupAnswer* LookupCache::find(std::string_view key, TimePoint now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const Entries::iterator entry = found->second;
  if (entry->good_until <= now) {
    drop(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->answer.get();
}

FlightPtr LookupCache::under_way(std::string_view key) const {
  const auto found = flights_.find(key);
  return found == flights_.end() ? nullptr : found->second;
}

FlightPtr LookupCache::begin(std::string_view key) {
  auto flight = std::make_shared<Flight>();
  flight->cache = this;
  flight->key = key;
  flights_.emplace(flight->key, flight);
  return flight;
}

void LookupCache::end(FlightPtr flight, LookupAnswer answer, TimePoint now) {
  const FlightPtr held = std::move(flight);  // those who go on may drop everything else
  const auto shared = std::make_shared<const LookupAnswer>(std::move(answer));
  forget(*held);
  held->give_up = nullptr;
  keep(held->key, shared, now);
  // Those who go on may ask again, and may destroy others who wait: their setters do nothing then.
  const auto waiting = std::exchange(held->waiting, {});
  for (const auto& setter : waiting) setter(shared);
}

void LookupCache::abandon(Flight& flight) {
  if (!flight.give_up) return;
  const std::function<void()> give_up = std::exchange(flight.give_up, nullptr);
  forget(flight);
  give_up();
}

void LookupCache::keep(const std::string& key, const AnswerPtr& answer, TimePoint now) {
  if (!answer->keep || settings_.ttl.count() <= 0 || settings_.entries == 0) return;
  if (answer->bytes() > kMaxAnswerBytes) return;
  if (const auto old = by_key_.find(key); old != by_key_.end()) drop(old->second);
  if (entries_.size() >= settings_.entries) drop(std::prev(entries_.end()));
  entries_.push_front({key, answer, now + settings_.ttl});
  by_key_.emplace(entries_.front().key, entries_.begin());
}

void LookupCache::drop(Entries::iterator entry) {
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

void LookupCache::forget(const Flight& flight) {
  const auto found = flights_.find(flight.key);
  if (found != flights_.end() && found->second.get() == &flight) flights_.erase(found);
}

}  // namespace pushgate::agent
