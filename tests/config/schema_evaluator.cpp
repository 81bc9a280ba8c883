#include "schema_evaluator.hpp"

#include <set>

#include <gtest/gtest.h>
#include <re2/re2.h>

namespace pushgate::config::test {

namespace {

const std::set<std::string> kAnnotations{"$schema", "$defs",       "$anchor",
                                         "title",   "description", "default"};
const std::set<std::string> kObjectKeywords{"properties", "additionalProperties", "propertyNames",
                                            "items"};

bool has_type(const nlohmann::json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  ADD_FAILURE() << "unknown type " << type;
  return false;
}

}  // namespace

const nlohmann::json& SchemaEvaluator::resolve(const std::string& reference) const {
  return root_.at(nlohmann::json::json_pointer{reference.substr(1)});
}

std::string SchemaEvaluator::check(const Json& schema, const Json& value,
                                   const std::string& at) const {
  if (schema.is_boolean()) return schema.get<bool>() ? "" : at + ": not allowed";
  for (const auto& [keyword, argument] : schema.items()) {
    if (kAnnotations.contains(keyword)) continue;
    const std::string found = check_keyword(schema, keyword, value, at);
    if (!found.empty()) return found;
  }
  return {};
}

std::string SchemaEvaluator::check_keyword(const Json& schema, const std::string& keyword,
                                           const Json& value, const std::string& at) const {
  const Json& argument = schema.at(keyword);
  if (keyword == "$ref") return check(resolve(argument.get<std::string>()), value, at);
  if (kObjectKeywords.contains(keyword)) return check_object(schema, keyword, value, at);
  return holds(keyword, argument, value) ? "" : at + ": " + keyword;
}

std::string SchemaEvaluator::check_object(const Json& schema, const std::string& keyword,
                                          const Json& value, const std::string& at) const {
  const Json& argument = schema.at(keyword);
  std::string found;
  if (keyword == "items" && value.is_array()) {
    for (std::size_t i = 0; i < value.size() && found.empty(); ++i) {
      found = check(argument, value[i], at + '/' + std::to_string(i));
    }
  }
  if (keyword == "items" || !value.is_object()) return found;
  for (const auto& [key, member] : value.items()) {
    const bool declared = schema.contains("properties") && schema["properties"].contains(key);
    const std::string inner = at + '/' + key;
    if (keyword == "propertyNames") found = check(argument, key, inner);
    if (keyword == "properties" && declared) found = check(argument.at(key), member, inner);
    if (keyword == "additionalProperties" && !declared) found = check(argument, member, inner);
    if (!found.empty()) return found;
  }
  return {};
}

bool SchemaEvaluator::holds_for_some(const Json& schemas, const Json& value,
                                     bool exactly_one) const {
  int count = 0;
  for (const Json& schema : schemas) count += check(schema, value, "").empty() ? 1 : 0;
  return exactly_one ? count == 1 : count > 0;
}

bool SchemaEvaluator::holds(const std::string& keyword, const Json& argument,
                            const Json& value) const {
  if (keyword == "type") return has_type(value, argument.get<std::string>());
  if (keyword == "const") return value == argument;
  if (keyword == "enum")
    return std::find(argument.begin(), argument.end(), value) != argument.end();
  if (keyword == "anyOf") return holds_for_some(argument, value, false);
  if (keyword == "oneOf") return holds_for_some(argument, value, true);
  if (keyword == "not") return !check(argument, value, "").empty();
  if (keyword == "minimum") return !value.is_number() || value >= argument;
  if (keyword == "maximum") return !value.is_number() || value <= argument;
  if (keyword == "minItems") return !value.is_array() || value.size() >= argument;
  if (keyword == "minProperties") return !value.is_object() || value.size() >= argument;
  if (keyword == "minLength")
    return !value.is_string() || value.get<std::string>().size() >= argument;
  if (keyword == "maxLength")
    return !value.is_string() || value.get<std::string>().size() <= argument;
  if (keyword == "pattern") {
    return !value.is_string() ||
           re2::RE2::PartialMatch(value.get<std::string>(), argument.get<std::string>());
  }
  if (keyword == "required") {
    return !value.is_object() ||
           std::all_of(argument.begin(), argument.end(),
                       [&](const Json& key) { return value.contains(key.get<std::string>()); });
  }
  ADD_FAILURE() << "the evaluator does not know the keyword " << keyword;
  return false;
}

}  // namespace pushgate::config::test
