// access_log_bench.cpp - what an access log line costs the io thread that writes it.

#include <string>

#include <benchmark/benchmark.h>

#include "pushgate/runtime/access_log.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::runtime {
namespace {

const std::string kLine(180, 'x');

// The target is below 1 µs per line.
void BM_AccessLogBatched(benchmark::State& state) {
  auto log = AccessLog::open({.file = "/dev/null"}).value();
  AccessLogBatch batch{log.get()};
  for (auto _ : state) batch.append(kLine);
  state.counters["dropped"] = static_cast<double>(log->dropped());
}
BENCHMARK(BM_AccessLogBatched)->MinTime(0.5);

void BM_LogBelowLevel(benchmark::State& state) {
  auto log = Log::open({.file = "/dev/null"}).value();
  for (auto _ : state) log->debug("accepted", {{"client", "192.0.2.1"}, {"fd", 17}});
}
BENCHMARK(BM_LogBelowLevel)->MinTime(0.2);

}  // namespace
}  // namespace pushgate::runtime
