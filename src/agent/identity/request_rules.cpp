#include "agent/identity/request_rules.hpp"

#include <utility>

namespace pushgate::agent {

namespace {

using Action = config::RequestRuleConfig::Action;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain; charset=utf-8";

SourceValue denied(std::uint16_t status, const std::string& body) {
  SourceValue value = SourceValue::refused({status, "denied", "This request is not allowed here."});
  if (body.empty()) return value;
  value.extras = std::make_unique<SourceExtras>();
  value.extras->body = body;
  value.extras->content_type = body.front() == '{' ? kJson : kText;
  return value;
}

/// A Location goes into a header: what could end the line is not copied from the request.
bool is_safe_location(std::string_view location) noexcept {
  for (const char c : location) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
  }
  return true;
}

}  // namespace

RequestRules::RequestRules(const std::vector<config::RequestRuleConfig>& rules) {
  for (const config::RequestRuleConfig& rule : rules) {
    const bool redirects = rule.action == Action::redirect;
    rules_.push_back({make_condition(rule.when), static_cast<std::uint16_t>(rule.status), rule.body,
                      redirects ? std::make_unique<const TextTemplate>(rule.to) : nullptr});
  }
}

SourceValue RequestRules::apply(const RequestView& request) const {
  for (const Rule& rule : rules_) {
    if (rule.condition && !rule.condition->holds(request)) continue;
    if (!rule.to) return denied(rule.status, rule.body);
    std::string location;
    if (!rule.to->append_to(location, request) || !is_safe_location(location)) continue;
    SourceValue value =
        SourceValue::refused({rule.status, "redirected", "This is to be found elsewhere."});
    value.extras = std::make_unique<SourceExtras>();
    value.extras->answer_fields = "Location: " + location + "\r\n";
    return value;
  }
  return {};
}

}  // namespace pushgate::agent
