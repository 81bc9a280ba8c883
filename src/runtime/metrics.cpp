// metrics.cpp - families of numbers as the page that Prometheus reads.

#include "pushgate/runtime/metrics.hpp"

#include <limits>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace pushgate::runtime {

namespace {

prometheus::MetricType to_prometheus(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return prometheus::MetricType::Counter;
    case MetricType::gauge:
      return prometheus::MetricType::Gauge;
    case MetricType::histogram:
      break;
  }
  return prometheus::MetricType::Histogram;
}

prometheus::ClientMetric to_prometheus(const MetricSample& sample, MetricType type) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
  if (type == MetricType::counter) metric.counter.value = sample.value;
  if (type == MetricType::gauge) metric.gauge.value = sample.value;
  if (type == MetricType::histogram && sample.histogram) {
    metric.histogram.sample_count = sample.histogram->count;
    metric.histogram.sample_sum = sample.histogram->sum;
    for (const auto& [bound, count] : sample.histogram->buckets) {
      metric.histogram.bucket.push_back({count, bound});
    }
    metric.histogram.bucket.push_back(
        {sample.histogram->count, std::numeric_limits<double>::infinity()});
  }
  return metric;
}

}  // namespace

std::string render_prometheus(std::span<const MetricFamily> families) {
  std::vector<prometheus::MetricFamily> converted;
  converted.reserve(families.size());
  for (const MetricFamily& family : families) {
    prometheus::MetricFamily& to = converted.emplace_back();
    to.name = family.name;
    to.help = family.help;
    to.type = to_prometheus(family.type);
    for (const MetricSample& sample : family.samples) {
      to.metric.push_back(to_prometheus(sample, family.type));
    }
  }
  const prometheus::Serializer& serializer = prometheus::TextSerializer{};
  return serializer.Serialize(converted);
}

std::string render_prometheus(std::span<const MetricSource> sources) {
  std::vector<MetricFamily> families;
  for (const MetricSource& source : sources) source(families);
  return render_prometheus(families);
}

}  // namespace pushgate::runtime
