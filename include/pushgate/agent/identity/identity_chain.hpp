#pragma once
// identity_chain.hpp - from a request to {product, uid}, by ordered rules.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/base/identity.hpp"
#include "pushgate/config/daemon_config.hpp"
#include "pushgate/runtime/task.hpp"

namespace pushgate::agent {

using SourceList = std::vector<std::unique_ptr<const IdentitySource>>;

/// The answer of the chain.
struct IdentityVerdict {
  static constexpr int kNoSource = -1;

  std::optional<Identity> identity;
  Refusal refusal;  ///< meaningful without an identity
  /// Index of the rule that decided, for or against; kNoSource: the client's address stood in for
  /// a missing uid, or there is no uid.
  int uid_source = kNoSource;
  int product_source = kNoSource;  ///< kNoSource: "default", because no rule matched
};

/// What happens without a uid.
struct MissingUidRule {
  config::IdentityConfig::MissingUid action = config::IdentityConfig::MissingUid::reject;
  std::uint16_t status = 430;
};

/// The ordered sources of one configuration. Immutable; shared by all threads.
///
/// For each of uid and product the sources are asked in order and the first value wins. An empty
/// value is no value. If the winner is a claim of the request (IdentitySource::is_claim), every
/// further claim in the list must agree with it, and so must repetitions inside one source. The uid
/// is decided first; if it is refused, no product is looked for. Refusals, by rule name:
///  - missing_uid (status of MissingUidRule): no source has one;
///  - conflicting_uid, conflicting_product (400): the request says two different things;
///  - invalid_uid, invalid_product (400): a "%" without two hexadecimal digits, or a value that
///    breaks the invariants of Identity;
///  - whatever a source refuses with.
/// Without a product the product is "default". Whether a product exists is not asked here.
class IdentityChain {
 public:
  /// Compiles the rules. Patterns are known to be valid: the configuration reader has checked them.
  explicit IdentityChain(const config::IdentityConfig& config);
  /// From sources made elsewhere.
  IdentityChain(SourceList uid, SourceList product, MissingUidRule missing_uid);

  /// True if no source suspends, so that `evaluate_now` may be called (the fast path).
  bool is_immediate() const noexcept { return immediate_; }
  /// Precondition: is_immediate(). Allocates only for a uid or product of more than 15 bytes.
  /// O(fields + bytes of cookies and query); with path rules, linear in the path too.
  IdentityVerdict evaluate_now(const RequestView& request) const;
  /// The same for every chain. Destroying the Task gives the evaluation up.
  runtime::Task<IdentityVerdict> evaluate(RequestView request) const;

  const SourceList& uid_sources() const noexcept { return uid_; }
  const SourceList& product_sources() const noexcept { return product_; }

 private:
  SourceList uid_;
  SourceList product_;
  MissingUidRule missing_uid_;
  bool immediate_;
};

}  // namespace pushgate::agent
