#pragma once
// condition.hpp - whether a request is one that a source, a rule or a product is for.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/config/condition_config.hpp"

#include "agent/identity/sources.hpp"

namespace re2 {
class RE2;
}

namespace pushgate::agent {

/// The host that a request names, without its port. "[::1]" keeps its brackets.
std::string_view host_name(std::string_view host) noexcept;

/// Immutable, shared by all threads. Linear in the parts of the request that it looks at.
class Condition {
 public:
  /// Precondition: the patterns compile (the configuration reader has checked them).
  explicit Condition(const config::ConditionConfig& config);
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  bool holds(const RequestView& request) const;

 private:
  using Pattern = std::unique_ptr<const re2::RE2>;
  struct FieldRule {
    std::string name;
    http::FieldId id;
    Pattern pattern;  // nullptr: any value
  };
  static bool has_field(const RequestView& request, const FieldRule& rule);
  bool path_matches(std::string_view path) const;
  bool host_matches(std::string_view host) const;

  std::vector<Pattern> paths_;
  std::vector<std::string> hosts_;
  std::vector<std::string> methods_;
  std::vector<FieldRule> fields_;
  bool any_client_;
  CidrSet clients_;
  std::unique_ptr<const Condition> unless_;
};

/// nullptr without a condition.
std::unique_ptr<const Condition> make_condition(
    const std::optional<config::ConditionConfig>& config);

/// The source, asked only for requests for which the condition holds, if there is one.
SourcePtr with_condition(const std::optional<config::ConditionConfig>& condition, SourcePtr source);

}  // namespace pushgate::agent
