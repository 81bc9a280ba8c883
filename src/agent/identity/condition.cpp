#include "agent/identity/condition.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <re2/re2.h>

#include "pushgate/base/text.hpp"

namespace pushgate::agent {

namespace {

std::unique_ptr<const re2::RE2> compile(const std::string& pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return std::make_unique<const re2::RE2>(pattern, options);
}

bool found_in(const re2::RE2& pattern, std::string_view text) {
  return re2::RE2::PartialMatch(re2::StringPiece{text.data(), text.size()}, pattern);
}

class ConditionalSource final : public IdentitySource {
 public:
  ConditionalSource(const config::ConditionConfig& condition, SourcePtr source)
      : condition_(condition), source_(std::move(source)) {}

  SourceValue look(const RequestView& request) const override {
    if (!condition_.holds(request)) return {};
    return source_->look(request);
  }
  bool is_claim() const noexcept override { return source_->is_claim(); }
  bool contradicts(const RequestView& request, std::string_view value) const override {
    return source_->contradicts(request, value) && condition_.holds(request);
  }
  std::string describe() const override { return source_->describe() + " (when)"; }

 private:
  Condition condition_;
  SourcePtr source_;
};

}  // namespace

std::string_view host_name(std::string_view host) noexcept {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

Condition::Condition(const config::ConditionConfig& config)
    : hosts_(config.host),
      methods_(config.method),
      any_client_(config.client_text.empty()),
      clients_(config.client) {
  for (const std::string& pattern : config.path) paths_.push_back(compile(pattern));
  for (const config::FieldPattern& field : config.header) {
    fields_.push_back({field.name, http::field_id(field.name),
                       field.pattern.empty() ? nullptr : compile(field.pattern)});
  }
  if (!config.unless.empty()) unless_ = std::make_unique<Condition>(config.unless.front());
}

Condition::~Condition() = default;

bool Condition::holds(const RequestView& request) const {
  const http::RequestHead& head = request.head;
  if (!methods_.empty() &&
      std::find(methods_.begin(), methods_.end(), head.method_name) == methods_.end()) {
    return false;
  }
  if (!any_client_ && !clients_.contains(request.client)) return false;
  if (!hosts_.empty() && !host_matches(host_name(head.host))) return false;
  if (!paths_.empty() && !path_matches(head.path)) return false;
  const bool all_fields =
      std::all_of(fields_.begin(), fields_.end(),
                  [&request](const FieldRule& rule) { return has_field(request, rule); });
  return all_fields && !(unless_ && unless_->holds(request));
}

bool Condition::path_matches(std::string_view path) const {
  return std::any_of(paths_.begin(), paths_.end(),
                     [path](const Pattern& pattern) { return found_in(*pattern, path); });
}

bool Condition::host_matches(std::string_view host) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [host](std::string_view wanted) {
    if (!wanted.starts_with("*.")) return iequals(host, wanted);
    wanted.remove_prefix(1);
    return host.size() > wanted.size() && iequals(host.substr(host.size() - wanted.size()), wanted);
  });
}

bool Condition::has_field(const RequestView& request, const FieldRule& rule) {
  const std::vector<http::Field>& fields = request.head.fields;
  return std::any_of(fields.begin(), fields.end(), [&rule](const http::Field& field) {
    if (field.id != rule.id) return false;
    if (rule.id == http::FieldId::other && !iequals(field.name, rule.name)) return false;
    return !rule.pattern || found_in(*rule.pattern, field.value);
  });
}

std::unique_ptr<const Condition> make_condition(
    const std::optional<config::ConditionConfig>& config) {
  return config ? std::make_unique<const Condition>(*config) : nullptr;
}

SourcePtr with_condition(const std::optional<config::ConditionConfig>& condition,
                         SourcePtr source) {
  if (!condition) return source;
  return std::make_unique<ConditionalSource>(*condition, std::move(source));
}

}  // namespace pushgate::agent
