#pragma once
// identity_chain.hpp - from a request to {product, uid}, by ordered rules.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pushgate/base/identity.hpp"
#include "pushgate/base/ip_address.hpp"
#include "pushgate/base/result.hpp"
#include "pushgate/config/daemon_config.hpp"
#include "pushgate/http/head.hpp"
#include "pushgate/runtime/task.hpp"

namespace pushgate::agent {

/// What a rule may look at. The references live at least until the evaluation has ended.
struct RequestView {
  const http::RequestHead& head;
  const IpAddress& client;  ///< after PROXY protocol and trusted X-Forwarded-For
};

/// Why a request has no identity. Answered as it says; `rule` names the rule in the JSON body, the
/// log and the metrics.
struct Refusal {
  std::uint16_t status = 400;
  std::string_view rule;     ///< static text, e.g. "missing_uid"
  std::string_view message;  ///< static text for people
};

/// What one source found.
struct SourceValue {
  enum class Kind : std::uint8_t {
    missing,
    found,
    refused,  ///< a value is there, but it may not be used; `refusal` says why
  };
  Kind kind = Kind::missing;
  std::string value;  ///< decoded once
  Refusal refusal;
};

/// A place an identity value can come from. Immutable after construction and shared by all threads.
///
/// Sources that answer from the request alone implement `look` and never suspend. Sources that must
/// wait for something (an external service, a script that yields) say so with `may_suspend` and
/// implement `look_async`; it resumes on the thread that started it.
class IdentitySource {
 public:
  virtual ~IdentitySource() = default;

  virtual bool may_suspend() const noexcept { return false; }
  virtual SourceValue look(const RequestView& request) const = 0;
  virtual runtime::Task<SourceValue> look_async(RequestView request) const;

  /// For `route` and the log, e.g. `cookie "uid"`.
  virtual std::string describe() const = 0;
};

/// The answer of the chain.
struct IdentityVerdict {
  std::optional<Identity> identity;
  Refusal refusal;  ///< meaningful without an identity
  int uid_source = -1;      ///< index of the rule that matched; -1: the clientIp fallback
  int product_source = -1;  ///< -1: "default", because no rule matched
};

/// The ordered sources of one configuration. Immutable; shared by all threads.
class IdentityChain {
 public:
  /// Compiles the rules. Patterns are known to be valid: the configuration reader has checked them.
  explicit IdentityChain(const config::IdentityConfig& config);

  /// True if no source suspends, so that `evaluate_now` may be called (the fast path).
  bool is_immediate() const noexcept { return immediate_; }
  IdentityVerdict evaluate_now(const RequestView& request) const;
  runtime::Task<IdentityVerdict> evaluate(RequestView request) const;

  const std::vector<std::unique_ptr<const IdentitySource>>& uid_sources() const noexcept {
    return uid_;
  }
  const std::vector<std::unique_ptr<const IdentitySource>>& product_sources() const noexcept {
    return product_;
  }

 private:
  std::vector<std::unique_ptr<const IdentitySource>> uid_;
  std::vector<std::unique_ptr<const IdentitySource>> product_;
  config::IdentityConfig::MissingUid missing_uid_;
  std::uint16_t missing_uid_status_;
  bool immediate_ = true;
};

}  // namespace pushgate::agent
