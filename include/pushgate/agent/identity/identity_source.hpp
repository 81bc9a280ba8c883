#pragma once
// identity_source.hpp - one place an identity value can come from: a cookie, a header, a service.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "pushgate/base/ip_address.hpp"
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
    missing,      ///< nothing, or only empty values: the next source is asked
    found,        ///< `value`, decoded once; the chain still checks length and characters
    malformed,    ///< a value is there that cannot be decoded: 400
    conflicting,  ///< two different values are there: 400
    refused,      ///< `refusal` says why, e.g. a token that has expired
  };
  Kind kind = Kind::missing;
  std::string value;
  Refusal refusal;

  static SourceValue found(std::string value) { return {Kind::found, std::move(value), {}}; }
};

/// A place an identity value can come from. Immutable after construction and shared by all threads.
///
/// Sources that answer from the request alone implement `look`. Those that must wait for something
/// derive from SuspendingSource.
class IdentitySource {
 public:
  virtual ~IdentitySource() = default;

  /// On the hot path: does not block and, but for the value's own string, does not allocate.
  virtual SourceValue look(const RequestView& request) const = 0;

  /// True for what the request itself claims (cookie, query, header, path). All claims of a request
  /// must agree; what is derived (an address, a constant, a service's answer) contradicts nobody.
  virtual bool is_claim() const noexcept { return false; }
  /// For claims: true if the request says something else here than `value`. Does not allocate.
  virtual bool contradicts(const RequestView& request, std::string_view value) const;

  virtual bool may_suspend() const noexcept { return false; }
  virtual runtime::Task<SourceValue> look_async(RequestView request) const;

  /// For `route` and the log, e.g. `cookie "uid"`.
  virtual std::string describe() const = 0;
};

/// A source that may have to wait (an external service, a script that yields): it implements
/// `look_async`, which resumes on the thread that started it. Its Task may be destroyed while it
/// waits, when the client has gone or the time is up; what it waits for must bear that.
class SuspendingSource : public IdentitySource {
 public:
  bool may_suspend() const noexcept final { return true; }
  SourceValue look(const RequestView& request) const final;  ///< never asked by a chain; missing
  runtime::Task<SourceValue> look_async(RequestView request) const override = 0;
};

}  // namespace pushgate::agent
