#pragma once
// api_metrics.hpp - the numbers of the API.

#include <array>

#include "pushgate/runtime/metrics.hpp"

#include "node/api/api_routes.hpp"

namespace pushgate::node {

/// Written by the API's thread.
struct ApiMetrics {
  struct Outcomes {
    runtime::ThreadCounter done;
    runtime::ThreadCounter refused;  ///< 4xx
    runtime::ThreadCounter failed;   ///< 5xx
  };
  std::array<Outcomes, kApiOperations> operations;
  runtime::ThreadCounter no_route;
  runtime::ThreadCounter unauthorized;
  runtime::ThreadCounter malformed;  ///< no HTTP, or more of it than is allowed
  runtime::ThreadCounter repeated;   ///< answered from what an Idempotency-Key remembers
  runtime::ThreadCounter connections_refused;
  runtime::ThreadGauge connections;
};

void collect_api_metrics(const ApiMetrics& metrics, std::vector<runtime::MetricFamily>& out);

}  // namespace pushgate::node
