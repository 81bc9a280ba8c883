#pragma once
// identity_source.hpp - one place an identity value can come from: a cookie, a header, a service.
//
// This is also the interface for sources that are not ours: see hooks/native.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pushgate/base/ip_address.hpp"
#include "pushgate/http/head.hpp"
#include "pushgate/runtime/task.hpp"

namespace pushgate::agent {

class SourceThread;
class EvaluationTrace;

/// What a rule may look at. The references live at least until the evaluation has ended.
struct RequestView {
  const http::RequestHead& head;
  const IpAddress& client;           ///< after PROXY protocol and trusted X-Forwarded-For
  SourceThread* thread = nullptr;    ///< of the caller; never nullptr for sources that need one
  EvaluationTrace* trace = nullptr;  ///< written by the chain; nullptr on the hot path
};

/// Why a request has no identity. Answered as it says; `rule` names the rule in the JSON body, the
/// log and the metrics.
struct Refusal {
  std::uint16_t status = 400;
  std::string_view rule;     ///< static text, e.g. "missing_uid"
  std::string_view message;  ///< static text for people
};

/// What some sources know beyond one value.
struct SourceExtras {
  std::string product;      ///< of the same user; empty: look for it in `identity.product`
  std::string node_fields;  ///< whole header lines, each with CR LF, that the node receives
  // The answer to a refused request, instead of the agent's own JSON:
  std::string answer_fields;  ///< whole lines with CR LF, e.g. Location or WWW-Authenticate
  std::string body;
  std::string content_type;  ///< of `body`, if that is not empty
};

/// What one source found.
struct SourceValue {
  enum class Kind : std::uint8_t {
    missing,      ///< nothing, or only empty values: the next source is asked
    found,        ///< `value`, decoded once; the chain still checks length and characters
    malformed,    ///< a value is there that cannot be decoded: 400
    conflicting,  ///< two different values are there: 400
    refused,      ///< `refusal` says why, e.g. a token that has expired
    later,        ///< `task` has to be awaited, and brings one of the others
  };
  Kind kind = Kind::missing;
  std::string value;
  Refusal refusal;
  std::unique_ptr<SourceExtras> extras{};  ///< with found or refused; may be nullptr
  std::optional<runtime::Task<SourceValue>> task{};

  static SourceValue found(std::string value) { return of(Kind::found, std::move(value)); }
  static SourceValue of(Kind kind, std::string value = {}) {
    SourceValue result;
    result.kind = kind;
    result.value = std::move(value);
    return result;
  }
  static SourceValue refused(const Refusal& refusal) {
    SourceValue result = of(Kind::refused);
    result.refusal = refusal;
    return result;
  }
  static SourceValue later(runtime::Task<SourceValue> task) {
    SourceValue result = of(Kind::later);
    result.task.emplace(std::move(task));
    return result;
  }
};

/// A place an identity value can come from. Made on the control thread and shared by all io
/// threads: what changes while it works belongs to a thread each (see SourceThread::index) or is
/// synchronised. Destroyed on any thread, when no request uses its configuration any more.
class IdentitySource {
 public:
  virtual ~IdentitySource() = default;

  /// On the hot path: does not block and, but for the value's own string, does not allocate. A
  /// source that has to wait answers Kind::later with a coroutine that resumes on the thread that
  /// started it. The Task may be destroyed while it waits; what it waits for must bear that. The
  /// source outlives it.
  virtual SourceValue look(const RequestView& request) const = 0;

  /// True for what the request itself claims (cookie, query, header, path). All claims of a request
  /// must agree; what is derived (an address, a constant, a service's answer) contradicts nobody.
  virtual bool is_claim() const noexcept { return false; }
  /// For claims: true if the request says something else here than `value`. Does not allocate.
  virtual bool contradicts(const RequestView& request, std::string_view value) const;

  /// For `route` and the log, e.g. `cookie "uid"`.
  virtual std::string describe() const = 0;
};

}  // namespace pushgate::agent
