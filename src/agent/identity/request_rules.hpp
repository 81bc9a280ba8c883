#pragma once
// request_rules.hpp - refusals and redirects that are decided before anybody is asked who this is.

#include <memory>
#include <string>
#include <vector>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/config/identity_config.hpp"

#include "agent/identity/condition.hpp"
#include "agent/identity/text_template.hpp"

namespace pushgate::agent {

/// Immutable, shared by all threads.
class RequestRules {
 public:
  explicit RequestRules(const std::vector<config::RequestRuleConfig>& rules);

  /// What the first rule that applies makes of the request: Kind::missing if none does, else
  /// Kind::refused. A redirect whose target cannot be filled in (a part of the request is missing)
  /// does not apply.
  SourceValue apply(const RequestView& request) const;

 private:
  struct Rule {
    std::unique_ptr<const Condition> condition;  // nullptr: always
    std::uint16_t status;
    std::string body;                        // of a denial
    std::unique_ptr<const TextTemplate> to;  // of a redirect
  };
  std::vector<Rule> rules_;
};

}  // namespace pushgate::agent
