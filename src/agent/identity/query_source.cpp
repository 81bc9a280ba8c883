#include <string>
#include <utility>

#include "pushgate/http/query.hpp"

#include "agent/identity/claims.hpp"
#include "agent/identity/sources.hpp"

namespace pushgate::agent {

namespace {

class QuerySource final : public IdentitySource {
 public:
  explicit QuerySource(std::string name) : name_(std::move(name)) {}

  SourceValue look(const RequestView& request) const override {
    if (request.head.query.empty()) return {};
    return single_value(http::ParameterValues{request.head.query, name_}, http::Plus::space);
  }
  bool is_claim() const noexcept override { return true; }
  bool contradicts(const RequestView& request, std::string_view value) const override {
    if (request.head.query.empty()) return false;
    http::ParameterValues values{request.head.query, name_};
    return any_differs(values, value, http::Plus::space);
  }
  std::string describe() const override { return "query \"" + name_ + '"'; }

 private:
  std::string name_;
};

}  // namespace

SourcePtr make_query_source(std::string name) {
  return std::make_unique<QuerySource>(std::move(name));
}

}  // namespace pushgate::agent
