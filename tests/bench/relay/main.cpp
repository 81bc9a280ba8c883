// bench_relay - a relay that parses nothing: accept, connect, copy. The floor of every row.
//
//   bench_relay --backends 127.0.0.1:4000,127.0.0.1:4001 [--threads 1] [--scratch 32768] [--splice
//   0]
//
// Prints its port, chosen by the kernel, and relays until it is killed.

#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "load/options.hpp"
#include "load/socket.hpp"
#include "relay/relay.hpp"

namespace {

using pushgate::bench::Relay;
using pushgate::bench::RelayPlan;

RelayPlan plan_from(const pushgate::bench::Options& options) {
  RelayPlan plan;
  std::string rest = options.text("backends", "");
  for (std::size_t comma = 0; comma != std::string::npos;) {
    comma = rest.find(',');
    plan.backends.push_back(pushgate::bench::parse_address(rest.substr(0, comma)));
    if (comma != std::string::npos) rest.erase(0, comma + 1);
  }
  plan.scratch_bytes = options.number("scratch", 32 * 1024);
  plan.splice_responses = options.number("splice", 0) != 0;
  return plan;
}

}  // namespace

int main(int argc, char** argv) {
  const pushgate::bench::Options options{argc, argv, 1, "backends threads scratch splice"};
  const RelayPlan plan = plan_from(options);
  Relay first{plan, 0};
  std::vector<std::unique_ptr<Relay>> others;
  std::vector<std::jthread> threads;
  for (std::uint64_t i = 1; i < options.number("threads", 1); ++i) {
    others.push_back(std::make_unique<Relay>(plan, first.port()));
    threads.emplace_back(&Relay::run, others.back().get());
  }
  std::printf("%u\n", unsigned{first.port()});
  std::fflush(stdout);
  first.run();
}
