#include "node/api/api_metrics.hpp"

#include <string>

namespace pushgate::node {

namespace {

void add(std::vector<runtime::MetricFamily>& out, std::string_view name, std::string_view help,
         const runtime::ThreadCounter& counter) {
  out.push_back(
      {name, help, runtime::MetricType::counter, {{{}, static_cast<double>(counter.value()), {}}}});
}

}  // namespace

void collect_api_metrics(const ApiMetrics& metrics, std::vector<runtime::MetricFamily>& out) {
  runtime::MetricFamily requests{"pushgate_api_requests_total",
                                 "Requests to the API, by operation and outcome",
                                 runtime::MetricType::counter,
                                 {}};
  for (const ApiRoute& route : kApiRoutes) {
    const ApiMetrics::Outcomes& outcomes =
        metrics.operations[static_cast<std::size_t>(route.operation)];
    const auto sample = [&](const char* outcome, const runtime::ThreadCounter& counter) {
      requests.samples.push_back({{{"operation", std::string{route.name}}, {"outcome", outcome}},
                                  static_cast<double>(counter.value()),
                                  {}});
    };
    sample("done", outcomes.done);
    sample("refused", outcomes.refused);
    sample("failed", outcomes.failed);
  }
  out.push_back(std::move(requests));
  add(out, "pushgate_api_no_route_total", "Requests to the API for paths that do not exist",
      metrics.no_route);
  add(out, "pushgate_api_unauthorized_total", "Requests to the API without a key that counts",
      metrics.unauthorized);
  add(out, "pushgate_api_malformed_total", "Requests to the API that were not read to the end",
      metrics.malformed);
  add(out, "pushgate_api_repeated_total", "Requests answered from what their key remembers",
      metrics.repeated);
  add(out, "pushgate_api_connections_refused_total",
      "Connections to the API turned away because too many were open", metrics.connections_refused);
  out.push_back({"pushgate_api_connections",
                 "Connections to the API",
                 runtime::MetricType::gauge,
                 {{{}, static_cast<double>(metrics.connections.value()), {}}}});
}

}  // namespace pushgate::node
