#include "agent/script/flights.hpp"

#include <utility>

namespace pushgate::agent {

bool Flights::take_off(const std::string& key) {
  Flight& flight = flights_[key];
  return !std::exchange(flight.flying, true);
}

void Flights::land(const std::string& key, bool with_value) {
  const auto found = flights_.find(key);
  if (found == flights_.end()) return;
  Flight& flight = found->second;
  flight.flying = false;
  if (with_value) {
    for (Waiter* const waiter : flight.waiters) {
      if (!std::exchange(waiter->woken_, true)) waiter->on_landed();
    }
  } else {
    wake_one(flight);
  }
  forget_if_idle(key);
}

void Flights::wake_one(Flight& flight) {
  for (Waiter* const waiter : flight.waiters) {
    if (waiter->woken_) return;  // one is on its way already
  }
  if (flight.waiters.empty()) return;
  flight.waiters.front()->woken_ = true;
  flight.waiters.front()->on_landed();
}

void Flights::forget_if_idle(const std::string& key) {
  const auto found = flights_.find(key);
  if (found != flights_.end() && !found->second.flying && found->second.waiters.empty()) {
    flights_.erase(found);
  }
}

void Flights::Waiter::join(Flights& flights, const std::string& key) {
  flights_ = &flights;
  key_ = key;
  woken_ = false;
  std::list<Waiter*>& waiters = flights.flights_[key].waiters;
  place_ = waiters.insert(waiters.end(), this);
}

void Flights::Waiter::leave() noexcept {
  Flights* const flights = std::exchange(flights_, nullptr);
  if (flights == nullptr) return;
  Flight& flight = flights->flights_.find(key_)->second;  // kept as long as anybody waits
  flight.waiters.erase(place_);
  // Whoever goes on has the turn until it takes off or leaves; here it has left.
  if (woken_ && !flight.flying) flights->wake_one(flight);
  flights->forget_if_idle(key_);
}

}  // namespace pushgate::agent
