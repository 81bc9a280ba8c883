// handshake_bench.cpp - cost of checking a node's answer. Run: build/release/bench/websocket_bench
//
// What a good run looks like: below a microsecond; two SHA-1 blocks and no allocation.

#include <benchmark/benchmark.h>

#include "pushgate/websocket/handshake.hpp"

namespace {

void BM_accept(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(pushgate::websocket::accept_for("dGhlIHNhbXBsZSBub25jZQ=="));
  }
}
BENCHMARK(BM_accept);

}  // namespace
