#pragma once
// source_metrics.hpp - what sources that ask others count. Part of the agent's metrics.

#include "pushgate/runtime/metrics.hpp"

namespace pushgate::agent {

/// One for each io thread, as a part of AgentMetrics.
struct SourceMetrics {
  runtime::ThreadCounter lookups;          ///< questions sent to a service or to Redis
  runtime::ThreadCounter lookup_failures;  ///< without an answer that could be used
  runtime::ThreadCounter lookup_timeouts;
  runtime::ThreadCounter lookup_cache_hits;
  runtime::ThreadCounter lookups_shared;  ///< requests that waited for another one's question
  runtime::ThreadCounter tokens_verified;
  runtime::ThreadCounter tokens_refused;
  runtime::ThreadCounter token_cache_hits;
  runtime::ThreadCounter hook_calls;
  runtime::ThreadCounter hook_errors;    ///< raised, wrong type, beyond a limit
  runtime::ThreadCounter hook_timeouts;  ///< beyond the deadline
};

}  // namespace pushgate::agent
