// metrics_test.cpp - from counters on several threads to the page that Prometheus reads.

#include "pushgate/runtime/metrics.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pushgate/runtime/histogram.hpp"

namespace pushgate::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::array<std::uint64_t, 3> kBoundsUs{1'000, 10'000, 1'000'000};

struct alignas(64) SampleMetrics {
  ThreadCounter requests;
  ThreadGauge connections;
  Histogram latency{kBoundsUs};
};

constexpr std::array kCounters{
    CounterDef<SampleMetrics>{"sample_requests_total", "Requests seen", &SampleMetrics::requests}};
constexpr std::array kGauges{
    GaugeDef<SampleMetrics>{"sample_connections", "Open connections", &SampleMetrics::connections}};
constexpr std::array kHistograms{HistogramDef<SampleMetrics>{
    "sample_latency_seconds", "Time to answer", 1e-6, &SampleMetrics::latency}};

std::string page(const PerThread<SampleMetrics>& threads) {
  std::vector<MetricFamily> families;
  collect(kCounters, threads, families);
  collect(kGauges, threads, families);
  collect(kHistograms, threads, families);
  return render_prometheus(families);
}

TEST(Metrics, ThreadsAreSummedAtScrape) {
  PerThread<SampleMetrics> threads{2};
  threads.at(0).requests.add();
  threads.at(1).requests.add(41);
  threads.at(0).connections.add(5);
  threads.at(1).connections.add(-2);

  EXPECT_THAT(page(threads), HasSubstr("# HELP sample_requests_total Requests seen\n"
                                       "# TYPE sample_requests_total counter\n"
                                       "sample_requests_total 42\n"));
  EXPECT_THAT(page(threads), HasSubstr("# TYPE sample_connections gauge\nsample_connections 3\n"));
}

TEST(Metrics, LargeCountsKeepTheirDigits) {
  PerThread<SampleMetrics> threads{1};
  threads.at(0).requests.add(1'234'567'890'123);

  EXPECT_THAT(page(threads), HasSubstr("sample_requests_total 1234567890123\n"));
}

TEST(Metrics, AHistogramIsCumulativeInItsExportedUnit) {
  PerThread<SampleMetrics> threads{2};
  threads.at(0).latency.observe(1'000);
  threads.at(0).latency.observe(1'001);
  threads.at(1).latency.observe(2'000'000);

  EXPECT_THAT(page(threads), HasSubstr("sample_latency_seconds_count 3\n"));
  EXPECT_THAT(page(threads), HasSubstr("sample_latency_seconds_sum 2.002001\n"));
  EXPECT_THAT(page(threads), HasSubstr("sample_latency_seconds_bucket{le=\"0.001\"} 1\n"
                                       "sample_latency_seconds_bucket{le=\"0.01\"} 2\n"
                                       "sample_latency_seconds_bucket{le=\"1\"} 2\n"
                                       "sample_latency_seconds_bucket{le=\"+Inf\"} 3\n"));
}

TEST(Metrics, LabelledFamiliesComeFromTheirSource) {
  const std::array<MetricSource, 1> sources{[](std::vector<MetricFamily>& out) {
    MetricFamily& family =
        out.emplace_back(MetricFamily{"sample_tunnels", "Tunnels", MetricType::gauge, {}});
    family.samples.push_back({{{"product", "a\"b"}, {"node", "n1"}}, 7, {}});
    family.samples.push_back({{{"product", "c"}, {"node", "n2"}}, 8, {}});
  }};

  EXPECT_THAT(render_prometheus(sources),
              HasSubstr("sample_tunnels{product=\"a\\\"b\",node=\"n1\"} 7\n"
                        "sample_tunnels{product=\"c\",node=\"n2\"} 8\n"));
}

TEST(Metrics, AScrapeMayRunBesideTheWriters) {
  PerThread<SampleMetrics> threads{2};
  std::vector<std::thread> writers;
  for (std::size_t i = 0; i < 2; ++i) {
    writers.emplace_back([&metrics = threads.at(i)] {
      for (std::uint64_t n = 0; n < 10'000; ++n) {
        metrics.requests.add();
        metrics.latency.observe(n);
      }
    });
  }
  for (int i = 0; i < 20; ++i) EXPECT_THAT(page(threads), HasSubstr("sample_requests_total"));
  for (std::thread& writer : writers) writer.join();

  EXPECT_THAT(page(threads), HasSubstr("sample_requests_total 20000\n"));
  EXPECT_THAT(page(threads), HasSubstr("sample_latency_seconds_count 20000\n"));
}

TEST(Metrics, TheProcessIsMeasured) {
  std::vector<MetricFamily> families;
  collect_process_metrics(families);

  std::vector<std::string_view> names;
  for (const MetricFamily& family : families) {
    names.push_back(family.name);
    EXPECT_GT(family.samples.at(0).value, 0) << family.name;
  }
  EXPECT_THAT(names,
              ElementsAre("process_cpu_seconds_total", "process_resident_memory_bytes",
                          "process_open_fds", "process_max_fds", "process_start_time_seconds"));
}

TEST(Histogram, ABoundBelongsToItsOwnBucket) {
  Histogram histogram{kBoundsUs};
  for (const std::uint64_t value : {0U, 1'000U, 1'001U, 10'000U, 1'000'000U, 1'000'001U}) {
    histogram.observe(value);
  }

  HistogramTotals totals;
  histogram.add_to(totals);

  EXPECT_THAT(totals.counts, ElementsAre(2, 2, 1, 1));
  EXPECT_EQ(totals.sum, 1'000U + 1'001U + 10'000U + 1'000'000U + 1'000'001U);
}

}  // namespace
}  // namespace pushgate::runtime
