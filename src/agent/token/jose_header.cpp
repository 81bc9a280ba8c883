#include "agent/token/jose_header.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "pushgate/base/text.hpp"

#include "agent/token/json_events.hpp"

namespace pushgate::agent {

namespace {

constexpr std::size_t kMaxMembers = 32;

class HeaderReader final : public JsonEvents<HeaderReader> {
 public:
  JoseHeader read(std::string_view json) {
    const bool whole = walk(json);
    if (header_.fault == TokenFault::none) {
      if (!whole) return faulty(TokenFault::bad_header);
      if (!has_algorithm_) return faulty(TokenFault::missing_algorithm);
    }
    return std::move(header_);
  }

  bool on_member(std::string& name) {
    if (depth() != 1) return true;
    if (names_.size() == kMaxMembers) return fail(TokenFault::bad_header);
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      return fail(TokenFault::duplicate_member);
    }
    names_.push_back(name);
    if (name == "crit") return fail(TokenFault::critical_extension);
    if (name == "enc") return fail(TokenFault::encrypted);
    return true;
  }

  bool on_text(std::string& value) {
    if (depth() != 1) return depth() != 0;
    const std::string_view name = names_.back();
    if (name == "alg") return on_algorithm(value);
    if (name == "cty" && (iequals(value, "JWT") || iequals(value, "application/jwt"))) {
      return fail(TokenFault::nested);
    }
    if (name == "kid") {
      header_.has_key_id = true;
      header_.key_id = value;
    }
    return name != "b64" || fail(TokenFault::unencoded_payload);
  }

  bool on_integer(std::int64_t) { return on_other(); }
  bool on_natural(std::uint64_t) { return on_other(); }
  bool on_number(double) { return on_other(); }
  bool on_boolean(bool value) {
    return (value && depth() == 1 && names_.back() == "b64") || on_other();
  }
  bool on_open(bool object) { return depth() == 0 ? object : on_other(); }
  bool on_close() { return true; }

  /// Neither a text nor "b64":true.
  bool on_other() {
    if (depth() == 0) return false;
    if (depth() != 1) return true;
    const std::string_view name = names_.back();
    if (name == "b64") return fail(TokenFault::unencoded_payload);
    if (name == "alg" || name == "kid" || name == "cty") return fail(TokenFault::bad_header);
    return true;
  }

 private:
  bool on_algorithm(std::string_view name) {
    has_algorithm_ = true;
    if (iequals(name, "none")) return fail(TokenFault::algorithm_none);
    const std::optional<Algorithm> algorithm = parse_algorithm(name);
    if (!algorithm) return fail(TokenFault::unknown_algorithm);
    header_.algorithm = *algorithm;
    return true;
  }

  bool fail(TokenFault fault) {
    header_.fault = fault;
    return false;
  }
  static JoseHeader faulty(TokenFault fault) {
    JoseHeader header;
    header.fault = fault;
    return header;
  }

  JoseHeader header_;
  std::vector<std::string> names_;
  bool has_algorithm_ = false;
};

}  // namespace

JoseHeader read_jose_header(std::string_view json) { return HeaderReader{}.read(json); }

}  // namespace pushgate::agent
