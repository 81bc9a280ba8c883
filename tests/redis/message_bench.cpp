// message_bench.cpp - what reading a published message costs, before anybody looks at it. Run:
// build/release/bench/redis_bench
//
// What a good run looks like: a few hundred nanoseconds for a small message, and for a large one
// little more than copying it twice.

#include <string>

#include <benchmark/benchmark.h>

#include "redis/reply_reader.hpp"
#include "redis/subscriptions.hpp"

namespace {

using namespace pushgate::redis;

constexpr std::size_t kReadBytes = 64 * 1024;

std::string bulk(const std::string& text) {
  return '$' + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

void BM_message(benchmark::State& state) {
  const std::string one = "*3\r\n" + bulk("message") + bulk("socket.io#/#room:0123456789#") +
                          bulk(std::string(static_cast<std::size_t>(state.range(0)), 'x'));
  std::string stream;
  while (stream.size() < 1024 * 1024) stream += one;
  ReplyReader reader{64 * 1024 * 1024};
  Subscriptions subscriptions{std::chrono::seconds{5}, false};
  std::size_t messages = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (std::size_t at = 0; at < stream.size(); at += kReadBytes) {
      reader.give(std::string_view{stream}.substr(at, kReadBytes));
      while (Reply* const reply = reader.next()) {
        const SubscriptionEvent event = subscriptions.on_reply(*reply);
        benchmark::DoNotOptimize(event.message.payload.data());
        ++messages;
      }
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(messages));
  state.SetBytesProcessed(static_cast<std::int64_t>(messages * one.size()));
}
BENCHMARK(BM_message)->Arg(100)->Arg(1000)->Arg(16 * 1024);

}  // namespace
