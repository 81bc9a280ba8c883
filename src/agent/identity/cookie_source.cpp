#include <string>
#include <utility>

#include "pushgate/http/cookies.hpp"

#include "agent/identity/claims.hpp"
#include "agent/identity/sources.hpp"

namespace pushgate::agent {

namespace {

class CookieSource final : public IdentitySource {
 public:
  explicit CookieSource(std::string name) : name_(std::move(name)) {}

  SourceValue look(const RequestView& request) const override {
    return single_value(http::CookieValues{request.head.fields, name_}, http::Plus::literal);
  }
  bool is_claim() const noexcept override { return true; }
  bool contradicts(const RequestView& request, std::string_view value) const override {
    http::CookieValues values{request.head.fields, name_};
    return any_differs(values, value, http::Plus::literal);
  }
  std::string describe() const override { return "cookie \"" + name_ + '"'; }

 private:
  std::string name_;
};

}  // namespace

SourcePtr make_cookie_source(std::string name) {
  return std::make_unique<CookieSource>(std::move(name));
}

}  // namespace pushgate::agent
