#pragma once
// field_values.hpp - all values of the header fields with one name.

#include <optional>
#include <span>
#include <string_view>

#include "pushgate/base/text.hpp"
#include "pushgate/http/head.hpp"

namespace pushgate::agent {

/// Walks over the values of every field with one name. An alias with "_" for "-" is another field.
/// `id` is http::field_id(name). Does not allocate.
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

}  // namespace pushgate::agent
