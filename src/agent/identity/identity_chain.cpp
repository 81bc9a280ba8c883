#include "pushgate/agent/identity/identity_chain.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/identity/sources.hpp"

namespace pushgate::agent {

namespace {

using Kind = SourceValue::Kind;
using MissingUid = config::IdentityConfig::MissingUid;
using SourceConfig = config::IdentitySourceConfig;

constexpr std::string_view kDefaultProduct = "default";

/// What the chain found in one list.
struct Finding {
  SourceValue value;
  int source = IdentityVerdict::kNoSource;
};

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

SourcePtr make_source(const SourceConfig& config) {
  switch (config.kind) {
    case SourceConfig::Kind::cookie:
      return make_cookie_source(config.text);
    case SourceConfig::Kind::query:
      return make_query_source(config.text);
    case SourceConfig::Kind::header:
      return make_header_source(config.text);
    case SourceConfig::Kind::path:
      return make_path_source(config.text);
    case SourceConfig::Kind::client_ip:
      return make_client_ip_source();
    case SourceConfig::Kind::constant:
      break;
  }
  return make_constant_source(config.text);
}

SourceList make_sources(const std::vector<SourceConfig>& configs) {
  SourceList sources;
  sources.reserve(configs.size());
  for (const SourceConfig& config : configs) sources.push_back(make_source(config));
  return sources;
}

/// Turns a found claim into a conflict if a claim after it says something else.
void compare_with_rest(const SourceList& sources, const RequestView& request, Finding& finding) {
  const auto winner = static_cast<std::size_t>(finding.source);
  if (finding.value.kind != Kind::found || !sources[winner]->is_claim()) return;
  for (std::size_t i = winner + 1; i < sources.size(); ++i) {
    if (sources[i]->is_claim() && sources[i]->contradicts(request, finding.value.value)) {
      finding.value.kind = Kind::conflicting;
      return;
    }
  }
}

Finding find_now(const SourceList& sources, const RequestView& request) {
  Finding finding;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    finding.value = sources[i]->look(request);
    if (finding.value.kind == Kind::missing) continue;
    finding.source = static_cast<int>(i);
    compare_with_rest(sources, request, finding);
    break;
  }
  return finding;
}

/// find_now for lists with sources that wait.
runtime::Task<Finding> find(const SourceList& sources, RequestView request) {
  Finding finding;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i]->may_suspend()) {
      finding.value = co_await sources[i]->look_async(request);
    } else {
      finding.value = sources[i]->look(request);
    }
    if (finding.value.kind == Kind::missing) continue;
    finding.source = static_cast<int>(i);
    compare_with_rest(sources, request, finding);
    break;
  }
  co_return finding;
}

/// True if the finding ends the request; then `refusal` says how. A missing value does not.
bool is_refused(const Finding& finding, const Subject& subject, Refusal& refusal) {
  switch (finding.value.kind) {
    case Kind::missing:
    case Kind::found:
      return false;
    case Kind::malformed:
      refusal = subject.invalid;
      break;
    case Kind::conflicting:
      refusal = subject.conflicting;
      break;
    case Kind::refused:
      refusal = finding.value.refusal;
      break;
  }
  return true;
}

/// Enters the uid's part; false if it is refused. A missing uid may become the client's address.
bool settle_uid(Finding& uid, const RequestView& request, MissingUidRule missing,
                IdentityVerdict& verdict) {
  verdict.uid_source = uid.source;
  if (is_refused(uid, kUid, verdict.refusal)) return false;
  if (uid.value.kind == Kind::missing) {
    if (missing.action == MissingUid::reject) {
      verdict.refusal = {missing.status, "missing_uid", kMissingUidMessage};
      return false;
    }
    uid.value = client_ip_value(request.client);
  }
  if (Identity::valid_uid(uid.value.value)) return true;
  verdict.refusal = kUid.invalid;
  return false;
}

/// Enters the product's part, and with it the identity.
void settle_product(Finding& uid, Finding& product, IdentityVerdict& verdict) {
  verdict.product_source = product.source;
  if (is_refused(product, kProduct, verdict.refusal)) return;
  if (product.value.kind == Kind::missing) product.value.value = kDefaultProduct;
  verdict.identity = Identity::adopt(std::move(product.value.value), std::move(uid.value.value));
  // The uid was valid, so it is the product that is not.
  if (!verdict.identity) verdict.refusal = kProduct.invalid;
}

bool all_immediate(const SourceList& sources) {
  return std::none_of(sources.begin(), sources.end(),
                      [](const auto& source) { return source->may_suspend(); });
}

}  // namespace

IdentityChain::IdentityChain(const config::IdentityConfig& config)
    : IdentityChain(make_sources(config.uid), make_sources(config.product),
                    {config.missing_uid, static_cast<std::uint16_t>(config.missing_uid_status)}) {}

IdentityChain::IdentityChain(SourceList uid, SourceList product, MissingUidRule missing_uid)
    : uid_(std::move(uid)),
      product_(std::move(product)),
      missing_uid_(missing_uid),
      immediate_(all_immediate(uid_) && all_immediate(product_)) {}

IdentityVerdict IdentityChain::evaluate_now(const RequestView& request) const {
  IdentityVerdict verdict;
  Finding uid = find_now(uid_, request);
  if (!settle_uid(uid, request, missing_uid_, verdict)) return verdict;
  Finding product = find_now(product_, request);
  settle_product(uid, product, verdict);
  return verdict;
}

runtime::Task<IdentityVerdict> IdentityChain::evaluate(RequestView request) const {
  IdentityVerdict verdict;
  Finding uid = co_await find(uid_, request);
  if (!settle_uid(uid, request, missing_uid_, verdict)) co_return verdict;
  Finding product = co_await find(product_, request);
  settle_product(uid, product, verdict);
  co_return verdict;
}

}  // namespace pushgate::agent
