#pragma once
// refusals.hpp - what the agent answers when an exchange with a node comes to nothing.

#include "agent/session/active_request.hpp"

namespace pushgate::agent::refusals {

inline constexpr LocalRefusal kNoLiveNode{503,
                                          "no_live_node",
                                          "No node of this product is available.",
                                          {},
                                          1,
                                          Termination::upstream_failed};
inline constexpr LocalRefusal kNoConnections{
    503, "too_many_connections",   "The agent has no connections to spare.", {},
    1,   Termination::no_resources};
inline constexpr LocalRefusal kUpstreamFailed{
    502, "upstream_failed",           "The node closed the connection without a response.", {},
    0,   Termination::upstream_failed};
inline constexpr LocalRefusal kBadUpstreamResponse{
    502,
    "bad_upstream_response",
    "The node's response is malformed or does not fit the request.",
    {},
    0,
    Termination::upstream_failed};
inline constexpr LocalRefusal kUpstreamTimeout{
    504, "upstream_timeout",           "The node did not answer in time.", {},
    0,   Termination::upstream_timeout};
inline constexpr LocalRefusal kRequestTimeout{
    408, "request_timeout",          "The request body did not arrive in time.", {},
    0,   Termination::client_timeout};

}  // namespace pushgate::agent::refusals
