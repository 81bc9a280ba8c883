#pragma once
// look_up.hpp - the walk that all look-ups share: known already, being asked already, or ask.

#include <string_view>

#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "agent/lookup/lookup_cache.hpp"

namespace pushgate::agent {

/// `ask(flight)` starts the question; its end is LookupCache::end, and never from within the call.
template <class Ask>
SourceValue look_up(LookupCache& cache, SourceThread& thread, std::string_view whole_key, Ask ask) {
  const std::string_view key = cache.shorten(whole_key);
  if (const LookupAnswer* const known = cache.find(key, thread.reactor().now())) {
    thread.metrics().lookup_cache_hits.add();
    return known->to_value();
  }
  if (const FlightPtr flight = cache.under_way(key)) {
    thread.metrics().lookups_shared.add();
    return SourceValue::later(answer_for(Seat{flight}));
  }
  const FlightPtr flight = cache.begin(key);
  Seat seat{flight};
  thread.metrics().lookups.add();
  ask(flight);
  return SourceValue::later(answer_for(std::move(seat)));
}

}  // namespace pushgate::agent
