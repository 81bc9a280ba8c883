#include "pushgate/agent/identity/identity_chain.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/identity/condition.hpp"
#include "agent/identity/request_rules.hpp"
#include "agent/identity/sources.hpp"

namespace pushgate::agent {

namespace {

using Kind = SourceValue::Kind;
using MissingUid = config::IdentityConfig::MissingUid;
using SourceConfig = config::IdentitySourceConfig;

constexpr std::string_view kDefaultProduct = "default";

/// The refusals that differ between uid and product.
struct Subject {
  Refusal invalid;
  Refusal conflicting;
};

constexpr Subject kUid{
    {400, "invalid_uid",
     "The uid must be 1 to 256 bytes of UTF-8 without control characters and without spaces at "
     "either end, percent-encoded once."},
    {400, "conflicting_uid", "The request carries two different uids."}};
constexpr Subject kProduct{
    {400, "invalid_product", "The product must be 1 to 64 letters, digits, \"_\", \".\" or \"-\"."},
    {400, "conflicting_product", "The request carries two different products."}};
constexpr std::string_view kMissingUidMessage =
    "The request carries no uid in any of the configured places.";

SourceList make_sources(const std::vector<SourceConfig>& configs) {
  SourceList sources;
  sources.reserve(configs.size());
  for (const SourceConfig& config : configs)
    sources.push_back(with_condition(config.when, make_request_source(config)));
  return sources;
}

/// True if the finding ends the request; then `refusal` says how. A missing value does not.
bool is_refused(const SourceValue& value, const Subject& subject, Refusal& refusal) {
  switch (value.kind) {
    case Kind::missing:
    case Kind::found:
    case Kind::later:  // never here: it has been waited for
      return false;
    case Kind::malformed:
      refusal = subject.invalid;
      break;
    case Kind::conflicting:
      refusal = subject.conflicting;
      break;
    case Kind::refused:
      refusal = value.refusal;
      break;
  }
  return true;
}

}  // namespace

IdentityChain::IdentityChain(const config::IdentityConfig& config)
    : IdentityChain(config, make_sources(config.uid), make_sources(config.product)) {}

IdentityChain::IdentityChain(const config::IdentityConfig& config, SourceList uid,
                             SourceList product)
    : IdentityChain(std::move(uid), std::move(product),
                    {config.missing_uid, static_cast<std::uint16_t>(config.missing_uid_status)}) {
  if (!config.rules.empty()) rules_ = std::make_unique<const RequestRules>(config.rules);
}

IdentityChain::IdentityChain(SourceList uid, SourceList product, MissingUidRule missing_uid)
    : uid_(std::move(uid)), product_(std::move(product)), missing_uid_(missing_uid) {}

IdentityChain::IdentityChain(IdentityChain&&) noexcept = default;
IdentityChain::~IdentityChain() = default;

bool IdentityEvaluation::advance() {
  if (stage_ == Stage::rules) stage_ = is_ruled_out() ? Stage::done : Stage::uid;
  if (stage_ == Stage::uid) {
    if (!walk(chain_.uid_sources(), uid_)) return false;
    stage_ = settle_uid() ? Stage::product : Stage::done;
  }
  if (stage_ == Stage::product) {
    if (!verdict_.product_with_uid && !walk(chain_.product_sources(), product_)) return false;
    settle_product();
    stage_ = Stage::done;
  }
  return true;
}

bool IdentityEvaluation::is_ruled_out() {
  if (chain_.rules() == nullptr) return false;
  SourceValue ruling = chain_.rules()->apply(request_);
  if (ruling.kind == Kind::missing) return false;
  verdict_.refusal = ruling.refusal;
  verdict_.extras = std::move(ruling.extras);
  return true;
}

/// False if a source has to wait.
bool IdentityEvaluation::walk(const SourceList& sources, Finding& finding) {
  while (!finding.decided && finding.next < sources.size()) {
    if (request_.trace != nullptr) asked_at_ = Clock::now();
    finding.value = sources[finding.next]->look(request_);
    if (finding.value.kind == Kind::later) return false;
    consider(sources, finding);
  }
  return true;
}

void IdentityEvaluation::resume(SourceValue value) {
  Finding& finding = current();
  finding.value = std::move(value);
  consider(stage_ == Stage::uid ? chain_.uid_sources() : chain_.product_sources(), finding);
}

/// Of the value that the next source has given.
void IdentityEvaluation::consider(const SourceList& sources, Finding& finding) {
  const std::size_t asked = finding.next++;
  if (request_.trace != nullptr) {
    request_.trace->steps.push_back({sources[asked]->describe(), finding.value.kind,
                                     finding.value.value, Clock::now() - asked_at_});
  }
  if (finding.value.kind == Kind::missing) return;
  finding.source = static_cast<int>(asked);
  finding.decided = true;
  compare_with_rest(sources, finding);
}

/// Turns a found claim into a conflict if a claim after it says something else.
void IdentityEvaluation::compare_with_rest(const SourceList& sources, Finding& finding) const {
  const auto winner = static_cast<std::size_t>(finding.source);
  if (finding.value.kind != Kind::found || !sources[winner]->is_claim()) return;
  for (std::size_t i = winner + 1; i < sources.size(); ++i) {
    if (sources[i]->is_claim() && sources[i]->contradicts(request_, finding.value.value)) {
      finding.value.kind = Kind::conflicting;
      return;
    }
  }
}

/// Enters the uid's part; false if it is refused. A missing uid may become the client's address.
bool IdentityEvaluation::settle_uid() {
  verdict_.uid_source = uid_.source;
  verdict_.extras = std::move(uid_.value.extras);
  if (is_refused(uid_.value, kUid, verdict_.refusal)) return false;
  if (uid_.value.kind == Kind::missing) {
    const MissingUidRule missing = chain_.missing_uid();
    if (missing.action == MissingUid::reject) {
      verdict_.refusal = {missing.status, "missing_uid", kMissingUidMessage};
      return false;
    }
    uid_.value = client_ip_value(request_.client);
  }
  verdict_.product_with_uid = verdict_.extras && !verdict_.extras->product.empty();
  if (Identity::valid_uid(uid_.value.value)) return true;
  verdict_.refusal = kUid.invalid;
  return false;
}

/// Enters the product's part, and with it the identity.
void IdentityEvaluation::settle_product() {
  verdict_.product_source = product_.source;
  SourceValue& product = product_.value;
  if (is_refused(product, kProduct, verdict_.refusal)) {
    verdict_.extras = std::move(product.extras);
    return;
  }
  if (product.extras) {
    if (!verdict_.extras) verdict_.extras = std::make_unique<SourceExtras>();
    verdict_.extras->node_fields += product.extras->node_fields;
  }
  if (verdict_.product_with_uid) {
    product.value = verdict_.extras->product;
  } else if (product.kind == Kind::missing) {
    product.value = kDefaultProduct;
  }
  verdict_.identity = Identity::adopt(std::move(product.value), std::move(uid_.value.value));
  // The uid was valid, so it is the product that is not.
  if (!verdict_.identity) verdict_.refusal = kProduct.invalid;
}

runtime::Task<IdentityVerdict> evaluate(const IdentityChain& chain, RequestView request) {
  IdentityEvaluation evaluation(chain, request);
  while (!evaluation.advance()) {
    SourceValue value = co_await evaluation.task();
    evaluation.resume(std::move(value));
  }
  co_return std::move(evaluation.verdict());
}

}  // namespace pushgate::agent
