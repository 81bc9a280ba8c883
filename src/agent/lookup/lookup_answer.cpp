#include "agent/lookup/lookup_answer.hpp"

#include "pushgate/runtime/rate_limit.hpp"

namespace pushgate::agent {

std::size_t LookupAnswer::bytes() const noexcept {
  std::size_t sum = sizeof *this + value.capacity();
  if (extras) {
    sum += extras->product.capacity() + extras->node_fields.capacity() +
           extras->answer_fields.capacity() + extras->body.capacity() +
           extras->content_type.capacity();
  }
  return sum;
}

SourceValue LookupAnswer::to_value() const {
  SourceValue result = SourceValue::of(kind, value);
  result.refusal = refusal;
  if (extras) result.extras = std::make_unique<SourceExtras>(*extras);
  return result;
}

LookupAnswer failed_lookup(SourceThread& thread, const FailureRule& rule, const Refusal& refusal,
                           std::string_view reason) {
  thread.metrics().lookup_failures.add();
  thread.log().warn("identity look-up failed", rule.source,
                    {{"source", rule.source}, {"reason", reason}});
  LookupAnswer answer;
  answer.keep = false;
  if (rule.on_error == config::OnSourceError::next) return answer;
  answer.kind = SourceValue::Kind::refused;
  answer.refusal = refusal;
  return answer;
}

}  // namespace pushgate::agent
