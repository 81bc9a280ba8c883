#pragma once
// request_trial.hpp - what the agent would do with a request, step by step, without a node or a
// client: for `pushgate check` and `pushgate route`.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/agent/request_policy.hpp"
#include "pushgate/agent/routing/explain.hpp"
#include "pushgate/base/ip_address.hpp"
#include "pushgate/config/load.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::agent {

/// One thing that was asked.
struct TrialStep {
  std::string what;    ///< `cookie "uid"`, `hook /etc/pushgate/hooks/router.lua`
  std::string result;  ///< `missing`, `found "alice"`, `refused 401 expired_token`
  std::chrono::nanoseconds took{};
};

struct TrialOutcome {
  /// The agent's own answer; 0: the request goes to a node.
  std::uint16_t status = 0;
  std::string rule;
  std::string message;
  std::string answer_fields;  ///< whole lines, such as Location
  std::string body;           ///< empty: the agent's own JSON

  // As far as it came:
  std::string uid;
  std::string product;
  std::string uid_source;                  ///< what named the uid
  std::string product_source;              ///< what named the product
  std::string node_fields;                 ///< whole lines that the node would receive
  std::string pinned;                      ///< id or address of a node that a script has chosen
  std::optional<Explanation> explanation;  ///< the user's nodes

  std::vector<TrialStep> steps;
};

/// Asks the same sources in the same way as a running agent, on a thread of its own: services and
/// Redis are really asked.
class RequestTrial {
 public:
  /// `config` and `log` must outlive it.
  RequestTrial(const config::Config& config, std::shared_ptr<const RequestPolicy> policy,
               runtime::Log& log);
  RequestTrial(const RequestTrial&) = delete;
  RequestTrial& operator=(const RequestTrial&) = delete;
  ~RequestTrial();

  /// `head`: a request's head with its closing empty line. `peer`: who would have connected. Blocks
  /// until everybody has answered or not in time.
  TrialOutcome run(const std::string& head, const IpAddress& peer);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pushgate::agent
