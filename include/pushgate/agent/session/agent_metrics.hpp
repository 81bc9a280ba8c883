#pragma once
// agent_metrics.hpp - every number the agent exports, in one place.

#include <array>

#include "pushgate/agent/identity/source_metrics.hpp"
#include "pushgate/runtime/histogram.hpp"
#include "pushgate/runtime/metrics.hpp"

namespace pushgate::agent {

/// One instance per io thread, summed when scraped.
struct alignas(64) AgentMetrics : SourceMetrics {
  runtime::ThreadCounter connections;
  runtime::ThreadCounter connections_handed_over;
  runtime::ThreadCounter connections_refused;
  runtime::ThreadCounter accept_errors;
  runtime::ThreadCounter proxy_header_errors;
  runtime::ThreadCounter requests;
  runtime::ThreadCounter local_answers;
  runtime::ThreadCounter parse_rejects;
  runtime::ThreadCounter identity_rejects;
  runtime::ThreadCounter no_live_node;
  runtime::ThreadCounter client_aborts;
  runtime::ThreadCounter request_timeouts;
  runtime::ThreadCounter upstream_timeouts;
  runtime::ThreadCounter upstream_connects;
  runtime::ThreadCounter upstream_connect_failures;
  runtime::ThreadCounter upstream_reuses;
  runtime::ThreadCounter upstream_failures;
  runtime::ThreadCounter bad_upstream_responses;
  runtime::ThreadCounter retries;
  runtime::ThreadCounter fallback_choices;
  runtime::ThreadCounter handshakes_refused;
  runtime::ThreadCounter tunnels_opened;
  runtime::ThreadCounter tunnels_closed_by_client;
  runtime::ThreadCounter tunnels_closed_by_upstream;
  runtime::ThreadCounter tunnels_failed;
  runtime::ThreadCounter tunnels_idle;
  runtime::ThreadCounter tunnels_stopped;
  runtime::ThreadCounter bytes_from_clients;
  runtime::ThreadCounter bytes_from_upstreams;

  runtime::ThreadGauge open_connections;
  runtime::ThreadGauge open_tunnels;
  runtime::ThreadGauge idle_upstreams;

  runtime::Histogram request_duration{runtime::kLatencyBoundsUs};
  runtime::Histogram handshake_duration{runtime::kLatencyBoundsUs};
};

using AgentCounter = runtime::CounterDef<AgentMetrics>;
using AgentGauge = runtime::GaugeDef<AgentMetrics>;
using AgentHistogram = runtime::HistogramDef<AgentMetrics>;

// A counter that is not listed here does not exist: the page and the reference are made from it.
inline constexpr std::array kAgentCounters{
    AgentCounter{"pushgate_agent_connections_total", "Client connections accepted",
                 &AgentMetrics::connections},
    AgentCounter{"pushgate_agent_connections_handed_over_total",
                 "Fresh connections given to a less loaded io thread",
                 &AgentMetrics::connections_handed_over},
    AgentCounter{"pushgate_agent_connections_refused_total",
                 "Connections refused at a connection limit", &AgentMetrics::connections_refused},
    AgentCounter{"pushgate_agent_accept_errors_total",
                 "Failures of accept, such as no descriptors left", &AgentMetrics::accept_errors},
    AgentCounter{"pushgate_agent_proxy_header_errors_total",
                 "Connections closed for a bad or missing PROXY protocol header",
                 &AgentMetrics::proxy_header_errors},
    AgentCounter{"pushgate_agent_requests_total", "Request heads parsed", &AgentMetrics::requests},
    AgentCounter{"pushgate_agent_local_answers_total", "Requests answered by the agent itself",
                 &AgentMetrics::local_answers},
    AgentCounter{"pushgate_agent_parse_rejects_total", "Requests refused as malformed or ambiguous",
                 &AgentMetrics::parse_rejects},
    AgentCounter{"pushgate_agent_identity_rejects_total", "Requests refused by the identity rules",
                 &AgentMetrics::identity_rejects},
    AgentCounter{"pushgate_agent_lookups_total",
                 "Questions sent to a service or to Redis to identify a request",
                 &AgentMetrics::lookups},
    AgentCounter{"pushgate_agent_lookup_failures_total",
                 "Such questions without an answer that could be used",
                 &AgentMetrics::lookup_failures},
    AgentCounter{"pushgate_agent_lookup_timeouts_total", "Such questions without an answer in time",
                 &AgentMetrics::lookup_timeouts},
    AgentCounter{"pushgate_agent_lookup_cache_hits_total",
                 "Requests identified by an answer that was remembered",
                 &AgentMetrics::lookup_cache_hits},
    AgentCounter{"pushgate_agent_lookups_shared_total",
                 "Requests that waited for the answer to another one's question",
                 &AgentMetrics::lookups_shared},
    AgentCounter{"pushgate_agent_tokens_verified_total",
                 "Tokens whose signature was checked and good", &AgentMetrics::tokens_verified},
    AgentCounter{"pushgate_agent_tokens_refused_total", "Tokens that were refused",
                 &AgentMetrics::tokens_refused},
    AgentCounter{"pushgate_agent_token_cache_hits_total", "Tokens that had been verified before",
                 &AgentMetrics::token_cache_hits},
    AgentCounter{"pushgate_agent_hook_calls_total", "Calls of scripts", &AgentMetrics::hook_calls},
    AgentCounter{"pushgate_agent_hook_errors_total",
                 "Calls of scripts that failed: raised, gave nonsense, or went beyond a limit",
                 &AgentMetrics::hook_errors},
    AgentCounter{"pushgate_agent_hook_timeouts_total",
                 "Calls of scripts that were not done in time", &AgentMetrics::hook_timeouts},
    AgentCounter{"pushgate_agent_no_live_node_total", "Requests for which no node was available",
                 &AgentMetrics::no_live_node},
    AgentCounter{"pushgate_agent_client_aborts_total",
                 "Clients that went away before their response was complete",
                 &AgentMetrics::client_aborts},
    AgentCounter{"pushgate_agent_request_timeouts_total",
                 "Requests whose head or body did not arrive in time",
                 &AgentMetrics::request_timeouts},
    AgentCounter{"pushgate_agent_upstream_timeouts_total", "Nodes that did not answer in time",
                 &AgentMetrics::upstream_timeouts},
    AgentCounter{"pushgate_agent_upstream_connects_total", "Connections opened to nodes",
                 &AgentMetrics::upstream_connects},
    AgentCounter{"pushgate_agent_upstream_connect_failures_total",
                 "Connections to nodes that could not be opened",
                 &AgentMetrics::upstream_connect_failures},
    AgentCounter{"pushgate_agent_upstream_reuses_total", "Requests sent on a pooled connection",
                 &AgentMetrics::upstream_reuses},
    AgentCounter{"pushgate_agent_upstream_failures_total",
                 "Connections to nodes that broke during an exchange",
                 &AgentMetrics::upstream_failures},
    AgentCounter{"pushgate_agent_bad_upstream_responses_total",
                 "Responses of nodes refused as malformed", &AgentMetrics::bad_upstream_responses},
    AgentCounter{"pushgate_agent_retries_total", "Requests sent a second time",
                 &AgentMetrics::retries},
    AgentCounter{"pushgate_agent_fallback_choices_total",
                 "Requests that went to another node than the user's own",
                 &AgentMetrics::fallback_choices},
    AgentCounter{"pushgate_agent_handshakes_refused_total",
                 "Upgrades that a node or the agent refused", &AgentMetrics::handshakes_refused},
    AgentCounter{"pushgate_agent_tunnels_opened_total", "Tunnels opened",
                 &AgentMetrics::tunnels_opened},
    AgentCounter{"pushgate_agent_tunnels_closed_by_client_total", "Tunnels that the client ended",
                 &AgentMetrics::tunnels_closed_by_client},
    AgentCounter{"pushgate_agent_tunnels_closed_by_upstream_total", "Tunnels that the node ended",
                 &AgentMetrics::tunnels_closed_by_upstream},
    AgentCounter{"pushgate_agent_tunnels_failed_total", "Tunnels that one side reset",
                 &AgentMetrics::tunnels_failed},
    AgentCounter{"pushgate_agent_tunnels_idle_total", "Tunnels closed after timeouts.tunnelIdle",
                 &AgentMetrics::tunnels_idle},
    AgentCounter{"pushgate_agent_tunnels_stopped_total", "Tunnels closed by a stop of the agent",
                 &AgentMetrics::tunnels_stopped},
    AgentCounter{"pushgate_agent_client_bytes_total", "Body and tunnel bytes received from clients",
                 &AgentMetrics::bytes_from_clients},
    AgentCounter{"pushgate_agent_upstream_bytes_total", "Body and tunnel bytes received from nodes",
                 &AgentMetrics::bytes_from_upstreams},
};

inline constexpr std::array kAgentGauges{
    AgentGauge{"pushgate_agent_connections", "Client connections open, tunnels not included",
               &AgentMetrics::open_connections},
    AgentGauge{"pushgate_agent_tunnels", "Tunnels open", &AgentMetrics::open_tunnels},
    AgentGauge{"pushgate_agent_upstream_idle_connections", "Pooled idle connections to nodes",
               &AgentMetrics::idle_upstreams},
};

inline constexpr std::array kAgentHistograms{
    AgentHistogram{"pushgate_agent_request_duration_seconds",
                   "From the request's first byte to the response's last", 1e-6,
                   &AgentMetrics::request_duration},
    AgentHistogram{"pushgate_agent_handshake_duration_seconds",
                   "From the upgrade request's first byte to the 101 written to the client", 1e-6,
                   &AgentMetrics::handshake_duration},
};

}  // namespace pushgate::agent
