#pragma once
// schema_evaluator.hpp - judges documents by a JSON Schema: the keywords that config/schema uses.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace pushgate::config::test {

/// Draft 2020-12, as far as the shipped schemas go. A keyword that it does not know is a failure of
/// the test, so that no rule of a schema is ever passed over.
class SchemaEvaluator {
 public:
  explicit SchemaEvaluator(const nlohmann::json& root) : root_(root) {}

  /// Empty if `document` is valid; else the place and keyword of the first violation.
  std::string violation(const nlohmann::json& document) const { return check(root_, document, ""); }

  /// Follows "#/$defs/name".
  const nlohmann::json& resolve(const std::string& reference) const;

 private:
  using Json = nlohmann::json;

  std::string check(const Json& schema, const Json& value, const std::string& at) const;
  std::string check_keyword(const Json& schema, const std::string& keyword, const Json& value,
                            const std::string& at) const;
  std::string check_object(const Json& schema, const std::string& keyword, const Json& value,
                           const std::string& at) const;
  bool holds(const std::string& keyword, const Json& argument, const Json& value) const;
  bool holds_for_some(const Json& schemas, const Json& value, bool exactly_one) const;

  const Json& root_;
};

}  // namespace pushgate::config::test
