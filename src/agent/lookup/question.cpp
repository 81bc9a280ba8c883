#include "agent/lookup/question.hpp"

#include <utility>

#include <boost/asio/post.hpp>

#include "pushgate/runtime/reactor.hpp"

namespace pushgate::agent {

Question::~Question() {
  if (!flight_) return;
  flight_->cache->forget(*flight_);  // who comes now asks anew
  flight_->give_up = nullptr;
  if (flight_->seats == 0) return;
  boost::asio::post(thread_.reactor().io(), [&thread = thread_, caches = std::move(caches_),
                                             flight = std::move(flight_),
                                             failing = std::move(failing_)] {
    flight->cache->end(flight,
                       failed_lookup(thread, *failing.rule, failing.refusal, "given up unasked"),
                       thread.reactor().now());
  });
}

void Question::end(LookupAnswer answer) {
  const FlightPtr flight = std::exchange(flight_, nullptr);
  runtime::Reactor& reactor = thread_.reactor();
  reactor.refresh_now();  // the thread may have slept
  flight->cache->end(flight, std::move(answer), reactor.now());
}

}  // namespace pushgate::agent
