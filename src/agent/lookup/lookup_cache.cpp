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
  const AnswerPtr* const answer = answers_.find(key, now);
  return answer != nullptr ? answer->get() : nullptr;
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
  if (!answer->keep || ttl_.count() <= 0 || answer->bytes() > kMaxAnswerBytes) return;
  answers_.put(key, answer, now + ttl_);
}

void LookupCache::forget(const Flight& flight) {
  const auto found = flights_.find(flight.key);
  if (found != flights_.end() && found->second.get() == &flight) flights_.erase(found);
}

}  // namespace pushgate::agent
