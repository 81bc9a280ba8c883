#pragma once
// identity_chain.hpp - from a request to {product, uid}, by ordered rules.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/base/clock.hpp"
#include "pushgate/base/identity.hpp"
#include "pushgate/config/daemon_config.hpp"
#include "pushgate/runtime/task.hpp"

namespace pushgate::agent {

class RequestRules;

using SourceList = std::vector<std::unique_ptr<const IdentitySource>>;

/// The answer of the chain.
struct IdentityVerdict {
  static constexpr int kNoSource = -1;

  std::optional<Identity> identity;
  Refusal refusal;  ///< meaningful without an identity
  /// What the deciding source said beyond that: fields for the node, or the answer of a refusal.
  std::unique_ptr<SourceExtras> extras{};
  /// Index of the source that decided, for or against; kNoSource: the client's address stood in for
  /// a missing uid, or there is no uid.
  int uid_source = kNoSource;
  int product_source = kNoSource;  ///< kNoSource: "default", because no source had one
  bool product_with_uid = false;   ///< the source of the uid knew the product too
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
/// is decided first; if it is refused, no product is looked for, nor if the uid's source knows the
/// product. Refusals, by rule name:
///  - denied, redirected: by a rule of `identity.rules`, before any source is asked;
///  - missing_uid (status of MissingUidRule): no source has one;
///  - conflicting_uid, conflicting_product (400): the request says two different things;
///  - invalid_uid, invalid_product (400): a "%" without two hexadecimal digits, or a value that
///    breaks the invariants of Identity;
///  - whatever a source refuses with.
/// Without a product the product is "default". Whether a product exists is not asked here.
class IdentityChain {
 public:
  /// Compiles a configuration whose sources need nothing but the request. Patterns are known to be
  /// valid: the configuration reader has checked them.
  explicit IdentityChain(const config::IdentityConfig& config);
  /// The same with sources made elsewhere.
  IdentityChain(const config::IdentityConfig& config, SourceList uid, SourceList product);
  /// From sources alone.
  IdentityChain(SourceList uid, SourceList product, MissingUidRule missing_uid);
  IdentityChain(IdentityChain&&) noexcept;
  ~IdentityChain();

  const RequestRules* rules() const noexcept { return rules_.get(); }  ///< nullptr: there are none
  const SourceList& uid_sources() const noexcept { return uid_; }
  const SourceList& product_sources() const noexcept { return product_; }
  MissingUidRule missing_uid() const noexcept { return missing_uid_; }

 private:
  std::unique_ptr<const RequestRules> rules_;
  SourceList uid_;
  SourceList product_;
  MissingUidRule missing_uid_;
};

/// What each source said that was asked, and how long it took: for people who look for a mistake.
class EvaluationTrace {
 public:
  struct Step {
    std::string source;
    SourceValue::Kind kind = SourceValue::Kind::missing;
    std::string value;       ///< of Kind::found
    Clock::duration took{};  ///< waiting included
  };
  std::vector<Step> steps;
};

/// One walk through a chain.
///
///   IdentityEvaluation evaluation(chain, request);
///   while (!evaluation.advance()) {
///     SourceValue value = co_await evaluation.task();
///     evaluation.resume(std::move(value));
///   }
///   use(evaluation.verdict());
///
/// Chain and request must outlive it. Allocates for a uid or product of more than 15 bytes, and for
/// sources that have to wait. O(fields + bytes of cookies and query); with path rules, linear in
/// the path too.
class IdentityEvaluation {
 public:
  IdentityEvaluation(const IdentityChain& chain, const RequestView& request) noexcept
      : chain_(chain), request_(request) {}

  /// Asks source after source. True: the verdict is there. False: one has to wait, see task().
  bool advance();
  /// What to wait for, after advance() was false.
  runtime::Task<SourceValue>& task() noexcept { return *current().value.task; }
  /// What has come of it.
  void resume(SourceValue value);
  IdentityVerdict& verdict() noexcept { return verdict_; }

 private:
  /// What was found in one list.
  struct Finding {
    SourceValue value;
    int source = IdentityVerdict::kNoSource;
    std::size_t next = 0;  ///< index of the source to be asked next
    bool decided = false;
  };
  enum class Stage : std::uint8_t { rules, uid, product, done };

  Finding& current() noexcept { return stage_ == Stage::uid ? uid_ : product_; }
  bool is_ruled_out();
  bool walk(const SourceList& sources, Finding& finding);
  void consider(const SourceList& sources, Finding& finding);
  void compare_with_rest(const SourceList& sources, Finding& finding) const;
  bool settle_uid();
  void settle_product();

  const IdentityChain& chain_;
  const RequestView& request_;
  Finding uid_;
  Finding product_;
  IdentityVerdict verdict_;
  Stage stage_ = Stage::rules;
  TimePoint asked_at_{};  // of the source that is being asked, for a trace
};

/// The whole walk as a coroutine, for callers that do not count microseconds.
runtime::Task<IdentityVerdict> evaluate(const IdentityChain& chain, RequestView request);

}  // namespace pushgate::agent
