#pragma once
// explain.hpp - why a user goes to this node, step by step, for `pushgate route` and the admin
// page.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/agent/routing/pool.hpp"

namespace pushgate::agent {

/// One node in a user's order of preference.
struct ExplainedChoice {
  std::string id;
  std::string address;
  std::uint32_t weight = 1;
  bool up = true;  ///< false while its back-off runs, so that the next choice is taken
};

/// The way from a uid to a node. Values only: it may outlive the pool.
struct Explanation {
  std::string product;
  std::string uid;
  std::string policy;
  std::uint64_t hash = 0;
  std::optional<std::uint64_t> bucket;   ///< see HashPolicy::bucket
  std::vector<ExplainedChoice> choices;  ///< own node first
  std::size_t members = 0;               ///< of positive weight
};

/// At most `max_choices` nodes. Changes nothing: no node is granted an attempt by being looked at.
Explanation explain(const Pool& pool, std::string_view uid, std::size_t max_choices = 3);

/// Several lines, the last ended by a newline:
///     product   chat
///     uid       u1
///     policy    rendezvous over 3 members
///     hash      0x4d2d3a36d5a8a1f2, bucket 39514
///     choice 1  node-2  10.0.0.8:4000
///     choice 2  node-1  10.0.0.7:4000  (backing off)
std::string to_text(const Explanation& explanation);

/// One JSON object without a newline; its keys are the names of the fields in camelCase. `hash` is
/// a string ("0x" and 16 digits), because JavaScript's numbers end at 2^53.
std::string to_json(const Explanation& explanation);

}  // namespace pushgate::agent
