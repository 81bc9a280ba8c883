// bench_fanout - clients of a push server: members of rooms and a publisher, one thread.
//
//   bench_fanout room       --targets A:P[,A:P] --members 1000 --rooms 1 --rooms-each 1
//                           --rate 50000 | --window 0   deliveries in a second, or messages under
//                           way (0: find the best, with --probe 0.3 s for each) --size 128
//                           --seconds 2 --warmup 0.3 --tick 200
//   bench_fanout sessions   --count 5000                connect, and say nothing
//   bench_fanout connect    --parallel 64 --seconds 2 --warmup 0.3
//   bench_fanout reconnect  --members 2000 --messages 120 --per-second 2 --cut-every 15 --down 2
//
// All: --dialect socketio, or websocket with --member-target, --separator and --publish-target.
// The dialogue with whoever measures is that of bench_client.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "fanout/connect_loop.hpp"
#include "fanout/reconnect_load.hpp"
#include "fanout/room_load.hpp"
#include "load/clock.hpp"
#include "load/dialogue.hpp"
#include "load/options.hpp"

namespace {

using namespace pushgate::bench;
using Number = unsigned long long;

std::vector<sockaddr_in> targets_of(const Options& options) {
  std::vector<sockaddr_in> out;
  std::string rest = options.text("targets", "");
  for (std::size_t comma = 0; comma != std::string::npos;) {
    comma = rest.find(',');
    out.push_back(parse_address(rest.substr(0, comma)));
    if (comma != std::string::npos) rest.erase(0, comma + 1);
  }
  return out;
}

unsigned count_of(const Options& options, const char* name, unsigned fallback) {
  return static_cast<unsigned>(options.number(name, fallback));
}

double microseconds(const LatencyHistogram& latency, double q) {
  return static_cast<double>(latency.quantile(q)) / 1e3;
}

/// `more` are further members of the JSON object, beginning with a comma.
void report(std::uint64_t units, double seconds, const LatencyHistogram& latency,
            double cpu_seconds, const std::string& more) {
  std::printf(
      "{\"exchanges\": %llu, \"seconds\": %.6f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
      "\"client_cpu_seconds\": %.6f%s}\n",
      Number{units}, seconds, microseconds(latency, 0.50), microseconds(latency, 0.99), cpu_seconds,
      more.c_str());
  std::fflush(stdout);
}

std::string member(const char* name, std::uint64_t value) {
  return std::string{", \""} + name + "\": " + std::to_string(value);
}

int run_rooms(const Options& options) {
  RoomPlan plan;
  plan.targets = targets_of(options);
  plan.wire = Wire::from(options);
  plan.members = count_of(options, "members", 1000);
  plan.rooms = count_of(options, "rooms", 1);
  plan.rooms_each = count_of(options, "rooms-each", 1);
  plan.size = options.number("size", 128);
  plan.tick_us = count_of(options, "tick", 200);
  const double rate = options.decimal("rate", 0);
  const double warmup = options.decimal("warmup", 0.3);
  RoomLoad load{plan};
  unsigned window = count_of(options, "window", 0);
  if (rate == 0 && window == 0) window = load.find_window(options.decimal("probe", 0.3));
  const auto run = [&](double seconds) {
    return rate > 0 ? load.run_at_rate(rate, seconds) : load.run_with_window(window, seconds);
  };
  run(warmup);
  say_ready();
  const double before = own_cpu_seconds();
  const Outcome outcome = run(options.decimal("seconds", 2));
  report(outcome.delivered, outcome.seconds, outcome.latency, own_cpu_seconds() - before,
         member("lost", outcome.lost) + member("astray", outcome.astray) +
             member("published", outcome.published) + member("window", window));
  await_end_of_input();
  return 0;
}

int hold_sessions(const Options& options) {
  const std::vector<sockaddr_in> targets = targets_of(options);
  const Wire wire = Wire::from(options);
  const unsigned count = count_of(options, "count", 5000);
  say_ready();
  std::vector<Stream> sessions;
  sessions.reserve(count);
  LatencyHistogram latency;
  const std::uint64_t begin = monotonic_ns();
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t at = monotonic_ns();
    sessions.push_back(open_client(targets[i % targets.size()], wire, i, {}));
    latency.add(monotonic_ns() - at);
  }
  report(count, static_cast<double>(monotonic_ns() - begin) / 1e9, latency, own_cpu_seconds(), "");
  await_end_of_input();
  return 0;
}

int run_connects(const Options& options) {
  ConnectPlan plan;
  plan.targets = targets_of(options);
  plan.wire = Wire::from(options);
  plan.parallel = count_of(options, "parallel", 64);
  ConnectLoop loop{plan};
  loop.run(options.decimal("warmup", 0.3));
  say_ready();
  const double before = own_cpu_seconds();
  const LoopResult result = loop.run(options.decimal("seconds", 2));
  report(result.exchanges, result.seconds, result.latency, own_cpu_seconds() - before, "");
  await_end_of_input();
  return 0;
}

int run_reconnects(const Options& options) {
  ReconnectPlan plan;
  plan.targets = targets_of(options);
  plan.wire = Wire::from(options);
  plan.clients = count_of(options, "members", 2000);
  plan.messages = count_of(options, "messages", 120);
  plan.per_second = options.decimal("per-second", 2);
  plan.cut_every = options.decimal("cut-every", 15);
  plan.down = options.decimal("down", 2);
  plan.size = options.number("size", 128);
  ReconnectLoad load{plan};
  say_ready();
  const double before = own_cpu_seconds();
  const ReconnectOutcome outcome = load.run();
  report(outcome.delivered, outcome.seconds, outcome.latency, own_cpu_seconds() - before,
         member("expected", outcome.expected) +
             member("lost", outcome.expected - outcome.delivered) + member("twice", outcome.twice) +
             member("astray", outcome.astray) + member("cuts", outcome.cuts) +
             member("closed", outcome.closed) + member("recovered", outcome.recovered) +
             member("begun_anew", outcome.begun_anew));
  await_end_of_input();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  const Options options{
      argc, argv, 2,
      "targets dialect member-target separator publish-target members rooms "
      "rooms-each rate window probe size seconds warmup tick count parallel messages "
      "per-second cut-every down"};
  if (mode == "room") return run_rooms(options);
  if (mode == "sessions") return hold_sessions(options);
  if (mode == "connect") return run_connects(options);
  if (mode == "reconnect") return run_reconnects(options);
  std::fputs("usage: bench_fanout room|sessions|connect|reconnect --targets A:P[,A:P] ...\n",
             stderr);
  return 2;
}
