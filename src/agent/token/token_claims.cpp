#include "agent/token/token_claims.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "agent/token/json_events.hpp"

namespace pushgate::agent {

namespace {

enum class Claim : std::uint8_t { other, expires, not_before, issuer, audience };

/// Beyond any calendar, and far from the ends of the type.
constexpr double kMaxSeconds = 1e14;

WallTime time_of(double seconds) noexcept {
  const double clamped = std::clamp(seconds, -kMaxSeconds, kMaxSeconds);
  return WallTime{std::chrono::milliseconds{static_cast<std::int64_t>(std::floor(clamped * 1e3))}};
}

bool is_one_of(const std::string& value, const std::vector<std::string>& list) noexcept {
  return std::find(list.begin(), list.end(), value) != list.end();
}

class ClaimsReader final : public JsonEvents<ClaimsReader> {
 public:
  ClaimsReader(const TokenPolicy& policy, const ClaimPath& path) : policy_(policy), path_(path) {}

  TokenVerdict judge(std::string_view json, WallTime now) {
    if (!walk(json)) return refused(fault_ == TokenFault::none ? TokenFault::bad_payload : fault_);
    if (const TokenFault fault = find_fault(now); fault != TokenFault::none) return refused(fault);
    TokenVerdict verdict;
    verdict.uid = std::move(uid_);
    if (expires_) verdict.expires = *expires_ + policy_.leeway;
    return verdict;
  }

  bool on_member(std::string& name) {
    claim_ = Claim::other;
    on_path_ = takes_ = false;
    if (depth() == 1 && !on_registered(name)) return false;
    return path_.empty() || on_step(name);
  }

  bool on_text(std::string& value) {
    if (depth() == 0) return false;
    if (claim_ == Claim::issuer) issuer_fits_ = is_one_of(value, policy_.issuers);
    if (claim_ == Claim::audience && is_one_of(value, policy_.audiences)) audience_fits_ = true;
    if (claim_ == Claim::expires || claim_ == Claim::not_before) return fail(TokenFault::bad_claim);
    if (takes_) uid_ = std::move(value);
    return true;
  }

  bool on_integer(std::int64_t value) {
    if (takes_) uid_ = std::to_string(value);
    return on_number(static_cast<double>(value));
  }
  bool on_natural(std::uint64_t value) {
    if (takes_) uid_ = std::to_string(value);
    return on_number(static_cast<double>(value));
  }
  bool on_number(double value) {
    if (depth() == 0) return false;
    if (claim_ == Claim::expires) {
      expires_ = time_of(value);
    } else if (claim_ == Claim::not_before) {
      not_before_ = time_of(value);
    } else if (claim_ != Claim::other) {
      return fail(TokenFault::bad_claim);
    }
    return true;
  }
  bool on_boolean(bool) { return on_other(); }
  bool on_other() {
    return depth() != 0 && (claim_ == Claim::other || fail(TokenFault::bad_claim));
  }

  bool on_open(bool object) {
    if (depth() == 0) return object;
    if (claim_ != Claim::other) {
      const bool list = !object && claim_ == Claim::audience && depth() == 1;
      return list || fail(TokenFault::bad_claim);
    }
    if (object && on_path_) ++entered_;
    on_path_ = takes_ = false;
    return true;
  }
  bool on_close() {
    if (depth() == 1) claim_ = Claim::other;  // it may have been the list of audiences
    if (entered_ != 0 && depth() == entered_) --entered_;
    return true;
  }

 private:
  /// False if it is said twice.
  bool on_registered(const std::string& name) {
    if (name.size() != 3) return true;
    if (name == "exp") {
      claim_ = Claim::expires;
    } else if (name == "nbf") {
      claim_ = Claim::not_before;
    } else if (name == "iss" && !policy_.issuers.empty()) {
      claim_ = Claim::issuer;
    } else if (name == "aud" && !policy_.audiences.empty()) {
      claim_ = Claim::audience;
    }
    if (claim_ == Claim::other) return true;
    const unsigned bit = 1u << static_cast<unsigned>(claim_);
    if ((seen_ & bit) != 0) return fail(TokenFault::duplicate_member);
    seen_ |= bit;
    return true;
  }

  bool on_step(const std::string& name) {
    const std::vector<std::string>& steps = path_.steps();
    if (depth() == 1 && name == path_.whole()) {
      if (std::exchange(found_whole_, true)) return fail(TokenFault::duplicate_member);
      takes_ = true;
      uid_.clear();
      return true;
    }
    if (depth() != entered_ + 1 || entered_ >= steps.size() || name != steps[entered_]) return true;
    if (steps_seen_ > entered_) return fail(TokenFault::duplicate_member);
    steps_seen_ = entered_ + 1;
    on_path_ = true;
    takes_ = steps_seen_ == steps.size() && !found_whole_;
    return true;
  }

  TokenFault find_fault(WallTime now) const {
    if (!expires_ && policy_.require_expiry) return TokenFault::missing_expiry;
    if (expires_ && now >= *expires_ + policy_.leeway) return TokenFault::expired;
    if (not_before_ && now < *not_before_ - policy_.leeway) return TokenFault::not_yet_valid;
    if (!policy_.issuers.empty() && !issuer_fits_) return TokenFault::wrong_issuer;
    if (!policy_.audiences.empty() && !audience_fits_) return TokenFault::wrong_audience;
    if (!path_.empty() && uid_.empty()) return TokenFault::missing_claim;
    return TokenFault::none;
  }

  bool fail(TokenFault fault) {
    fault_ = fault;
    return false;
  }
  static TokenVerdict refused(TokenFault fault) {
    TokenVerdict verdict;
    verdict.fault = fault;
    return verdict;
  }

  const TokenPolicy& policy_;
  const ClaimPath& path_;
  TokenFault fault_ = TokenFault::none;
  std::optional<WallTime> expires_;
  std::optional<WallTime> not_before_;
  std::string uid_;
  Claim claim_ = Claim::other;  ///< whose value comes next
  unsigned seen_ = 0;           ///< a bit for each Claim
  bool issuer_fits_ = false;
  bool audience_fits_ = false;
  std::size_t entered_ = 0;     ///< objects on the way to the uid that are open
  std::size_t steps_seen_ = 0;  ///< how far the way was found, ever: a second time is once too many
  bool on_path_ = false;        ///< the value to come is a step of the way
  bool takes_ = false;          ///< it is the uid
  bool found_whole_ = false;
};

}  // namespace

ClaimPath::ClaimPath(std::string claim) : whole_(std::move(claim)) {
  for (std::size_t start = 0; start <= whole_.size();) {
    const std::size_t dot = std::min(whole_.find('.', start), whole_.size());
    steps_.push_back(whole_.substr(start, dot - start));
    start = dot + 1;
  }
}

TokenVerdict judge_claims(std::string_view json, const TokenPolicy& policy, const ClaimPath& path,
                          WallTime now) {
  return ClaimsReader{policy, path}.judge(json, now);
}

}  // namespace pushgate::agent
