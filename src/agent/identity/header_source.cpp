#include <string>
#include <utility>

#include "agent/identity/claims.hpp"
#include "agent/identity/field_values.hpp"
#include "agent/identity/sources.hpp"

namespace pushgate::agent {

namespace {

class HeaderSource final : public IdentitySource {
 public:
  explicit HeaderSource(std::string name) : name_(std::move(name)), id_(http::field_id(name_)) {}

  SourceValue look(const RequestView& request) const override {
    return single_value(FieldValues{request.head.fields, name_, id_}, http::Plus::literal);
  }
  bool is_claim() const noexcept override { return true; }
  bool contradicts(const RequestView& request, std::string_view value) const override {
    FieldValues values{request.head.fields, name_, id_};
    return any_differs(values, value, http::Plus::literal);
  }
  std::string describe() const override { return "header \"" + name_ + '"'; }

 private:
  std::string name_;
  http::FieldId id_;
};

}  // namespace

SourcePtr make_header_source(std::string name) {
  return std::make_unique<HeaderSource>(std::move(name));
}

}  // namespace pushgate::agent
