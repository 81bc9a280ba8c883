#include <optional>
#include <span>
#include <string>
#include <utility>

#include "pushgate/base/text.hpp"

#include "agent/identity/claims.hpp"
#include "agent/identity/sources.hpp"

namespace pushgate::agent {

namespace {

/// Walks over the values of every field with one name. An alias with "_" for "-" is another field.
class FieldValues {
 public:
  FieldValues(std::span<const http::Field> fields, std::string_view name, http::FieldId id) noexcept
      : rest_(fields), name_(name), id_(id) {}

  std::optional<std::string_view> next() noexcept {
    while (!rest_.empty()) {
      const http::Field& field = rest_.front();
      rest_ = rest_.subspan(1);
      // Fields that the proxy knows were looked up while parsing; the others have one id in common.
      if (field.id != id_) continue;
      if (id_ != http::FieldId::other || iequals(field.name, name_)) return field.value;
    }
    return std::nullopt;
  }

 private:
  std::span<const http::Field> rest_;
  std::string_view name_;
  http::FieldId id_;
};

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
