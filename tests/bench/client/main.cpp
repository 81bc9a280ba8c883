// bench_client - the load: one thread, raw epoll, as little work per exchange as can be.
//
//   bench_client http          --target A:P [--connections 64] [--size 128]  [limits]
//                              [--cookies FILE] [--held 0]  (see held_requests.hpp)
//   bench_client ws-echo       --target A:P [--connections 64] [--size 128]  [limits]
//   bench_client ws-handshake  --target A:P [--parallel 64] [--echo 0] [--close fin|frames]
//   bench_client idle-tunnels  --target A:P [--count 8000] [--echo 1]
//   limits: --seconds 2, --requests 0 (no limit), --warmup 0.3 (seconds)
//
// Dialogue with whoever measures: it prints "ready" when all connections stand and are warm, waits
// for a line, does the work, prints one line of JSON, and keeps its connections until its standard
// input ends. So the measured stretch contains nothing but the work.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "client/closed_loop.hpp"
#include "client/handshake_loop.hpp"
#include "client/held_requests.hpp"
#include "load/clock.hpp"
#include "load/dialogue.hpp"
#include "load/options.hpp"
#include "load/request.hpp"

namespace {

using namespace pushgate::bench;

void report(const LoopResult& result, double cpu_seconds) {
  std::printf(
      "{\"exchanges\": %llu, \"seconds\": %.6f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
      "\"client_cpu_seconds\": %.6f}\n",
      static_cast<unsigned long long>(result.exchanges), result.seconds,
      static_cast<double>(result.latency.quantile(0.50)) / 1e3,
      static_cast<double>(result.latency.quantile(0.99)) / 1e3, cpu_seconds);
  std::fflush(stdout);
}

template <class Loop>
int measure(Loop& loop, const Options& options, const HeldRequests* held = nullptr) {
  loop.run({options.decimal("warmup", 0.3), 0});
  say_ready();
  const double before = own_cpu_seconds();
  const LoopResult result =
      loop.run({options.decimal("seconds", 2), options.number("requests", 0)});
  const double spent = own_cpu_seconds() - before;
  if (held != nullptr) held->check();
  report(result, spent);
  await_end_of_input();
  return 0;
}

int run_loop(const Options& options, bool websocket) {
  LoopPlan plan;
  plan.target = parse_address(options.text("target", ""));
  plan.connections = static_cast<unsigned>(options.number("connections", 64));
  plan.size = options.number("size", 128);
  plan.websocket = websocket;
  plan.cookies = read_cookie_lines(options.text("cookies", ""));
  const HeldRequests held{plan.target, static_cast<unsigned>(options.number("held", 0)),
                          plan.connections, plan.cookies};
  ClosedLoop loop{plan};
  return measure(loop, options, &held);
}

int run_handshakes(const Options& options) {
  HandshakePlan plan;
  plan.target = parse_address(options.text("target", ""));
  plan.parallel = static_cast<unsigned>(options.number("parallel", 64));
  plan.echo = options.number("echo", 0) != 0;
  plan.closing_frames = options.text("close", "fin") == "frames";
  HandshakeLoop loop{plan};
  return measure(loop, options);
}

int hold_tunnels(const Options& options) {
  const sockaddr_in target = parse_address(options.text("target", ""));
  const auto count = static_cast<unsigned>(options.number("count", 8000));
  const bool echo = options.number("echo", 1) != 0;
  say_ready();
  LoopResult result;
  std::vector<pushgate::UniqueFd> tunnels;
  tunnels.reserve(count);
  const std::uint64_t begin = monotonic_ns();
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t at = monotonic_ns();
    tunnels.push_back(open_websocket(target, i));
    if (echo) check_one_echo(tunnels.back().get(), 128);
    result.latency.add(monotonic_ns() - at);
  }
  result.exchanges = count;
  result.seconds = static_cast<double>(monotonic_ns() - begin) / 1e9;
  report(result, own_cpu_seconds());
  await_end_of_input();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  const Options options{argc, argv, 2,
                        "target connections size seconds requests warmup parallel echo close count "
                        "cookies held"};
  if (mode == "http") return run_loop(options, false);
  if (mode == "ws-echo") return run_loop(options, true);
  if (mode == "ws-handshake") return run_handshakes(options);
  if (mode == "idle-tunnels") return hold_tunnels(options);
  std::fputs("usage: bench_client http|ws-echo|ws-handshake|idle-tunnels --target A:P ...\n",
             stderr);
  return 2;
}
