#pragma once
// query.hpp - the parameters of a query string ("a=1&b=2"), and adding one.

#include <optional>
#include <string>
#include <string_view>

namespace pushgate::http {

/// One "name=value" of a query string, both still encoded; the value is empty without "=".
struct Parameter {
  std::string_view name{};
  std::string_view value{};
};

/// Walks over the parameters in order. Only "&" separates them, and empty pieces are skipped. Views
/// into the query; does not allocate.
///
///   for (ParameterReader reader{head.query}; auto parameter = reader.next();) ...
class ParameterReader {
 public:
  explicit ParameterReader(std::string_view query) noexcept : rest_(query) {}
  std::optional<Parameter> next() noexcept;

 private:
  std::string_view rest_{};
};

/// Walks over the raw values of every parameter called `name` (itself not encoded). A name that is
/// encoded in the query ("%75id") counts, because a node will decode it. Decode the values with
/// percent_decode(value, Plus::space).
class ParameterValues {
 public:
  ParameterValues(std::string_view query, std::string_view name) noexcept
      : reader_(query), name_(name) {}
  std::optional<std::string_view> next() noexcept;

 private:
  ParameterReader reader_;
  std::string_view name_{};
};

/// Appends `target` with the parameter "name=value" (encoded here) as the last of its query. Other
/// parameters of that name are left out, so that a node sees one value and it is ours.
void append_target_with_parameter(std::string& out, std::string_view target, Parameter added);

}  // namespace pushgate::http
