// hash_policy_bench.cpp - cost of choosing a node, and of building the table that makes it cheap.
// Run: build/release/bench/hash_policy_bench
//
// What a good run looks like: `pick` under 50 ns for every policy, flat from 30 to 1,000 members
// (3 members of rendezvous are ranked, not looked up); `build` of rendezvous proportional to the
// members, and twice as long with weights. Compare medians of 10 repetitions, not single runs:
//   --benchmark_repetitions=10 --benchmark_report_aggregates_only=true

#include <benchmark/benchmark.h>

#include "pushgate/agent/routing/pool.hpp"

#include "agent/routing/sample.hpp"

namespace pushgate::agent {
namespace {

using config::HashKind;

constexpr std::size_t kKeys = 4096;  // power of two: the loop masks instead of dividing

std::vector<golden::PoolMember> members(std::size_t count, bool weighted) {
  std::vector<golden::PoolMember> result = sample::nodes(count);
  for (std::size_t i = 0; weighted && i < count; ++i) {
    result[i].weight = static_cast<std::uint32_t>(1 + i % 4);
  }
  return result;
}

void BM_pick(benchmark::State& state, HashKind kind, bool weighted) {
  const std::vector<std::string> keys = sample::keys(kKeys);
  const sample::NamedPolicy policy{kind,
                                   members(static_cast<std::size_t>(state.range(0)), weighted)};
  const HashPolicy& hash_policy = policy.policy();

  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(hash_policy.pick(keys[i]));
    i = (i + 1) & (kKeys - 1);
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_order(benchmark::State& state, HashKind kind) {
  const std::vector<std::string> keys = sample::keys(kKeys);
  const sample::NamedPolicy policy{kind, members(static_cast<std::size_t>(state.range(0)), false)};
  std::vector<std::uint32_t> order;

  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) {
    policy.policy().order(keys[i], order);
    benchmark::DoNotOptimize(order.data());
    i = (i + 1) & (kKeys - 1);
  }
}

void BM_build(benchmark::State& state, HashKind kind, bool weighted) {
  const auto pool = members(static_cast<std::size_t>(state.range(0)), weighted);
  std::vector<HashMember> views;
  for (const auto& member : pool) views.push_back({member.id, member.weight, 0, member.address});

  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(make_hash_policy(kind, views));
  }
}

void sizes(benchmark::internal::Benchmark* bench) {
  bench->Arg(3)->Arg(8)->Arg(16)->Arg(30)->Arg(1000);
}

BENCHMARK_CAPTURE(BM_pick, rendezvous, HashKind::rendezvous, false)->Apply(sizes);
BENCHMARK_CAPTURE(BM_pick, rendezvous_weighted, HashKind::rendezvous, true)->Apply(sizes);
BENCHMARK_CAPTURE(BM_pick, ketama, HashKind::ketama, false)->Apply(sizes);
BENCHMARK_CAPTURE(BM_pick, maglev, HashKind::maglev, false)->Apply(sizes);
BENCHMARK_CAPTURE(BM_pick, modulo, HashKind::modulo, false)->Apply(sizes);
BENCHMARK_CAPTURE(BM_order, rendezvous, HashKind::rendezvous)->Apply(sizes);
BENCHMARK_CAPTURE(BM_order, ketama, HashKind::ketama)->Apply(sizes);

void build_sizes(benchmark::internal::Benchmark* bench) {
  bench->Arg(3)->Arg(30)->Arg(1000)->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(BM_build, rendezvous, HashKind::rendezvous, false)->Apply(build_sizes);
BENCHMARK_CAPTURE(BM_build, rendezvous_weighted, HashKind::rendezvous, true)->Apply(build_sizes);
BENCHMARK_CAPTURE(BM_build, ketama, HashKind::ketama, false)->Apply(build_sizes);
BENCHMARK_CAPTURE(BM_build, maglev, HashKind::maglev, false)->Apply(build_sizes);

}  // namespace
}  // namespace pushgate::agent
