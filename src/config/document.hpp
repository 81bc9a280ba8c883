#pragma once
// document.hpp - one parsed configuration file, and the errors found in it so far.

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <nlohmann/json.hpp>

#include "pushgate/config/diagnostics.hpp"
#include "pushgate/config/load.hpp"
#include "pushgate/config/locator.hpp"

namespace pushgate::config {

/// Keeps the order of the file, which is the order of products and backends.
using Json = nlohmann::ordered_json;

/// Deeper nesting is an error: no configuration needs it, and it bounds every recursion.
inline constexpr std::size_t kMaxDepth = 32;

/// The text of one file as JSON, with comments removed and variables expanded in string values.
/// Not copyable or movable: the locator looks into the kept text.
class Document {
 public:
  Document(std::string_view text, std::string file, const LoadOptions& options);
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  /// False after a syntax error: then there is nothing to read, and the error is recorded.
  bool parsed() const noexcept { return parsed_; }
  const Json& root() const noexcept { return root_; }
  const std::string& file() const noexcept { return file_; }
  const LoadOptions& options() const noexcept { return options_; }

  /// True if the string at `pointer` was nothing but one ${...}; it may then stand for a number or
  /// a boolean.
  bool is_from_environment(const std::string& pointer) const {
    return from_environment_.contains(pointer);
  }

  void error_at_value(const std::string& pointer, std::string message, std::string hint = {});
  void error_at_key(const std::string& pointer, std::string message, std::string hint = {});

  /// The address of a host name; each name is looked up once.
  Result<IpAddress> resolve(const std::string& host);

  /// Every key that a reader declared, as "/listeners/*/address"; "*" stands for an index or a
  /// name.
  const std::set<std::string>& declared_keys() const noexcept { return declared_; }
  void declare(const std::string& shape) { declared_.insert(shape); }

  /// The errors in the order of the text. Leaves none behind.
  std::vector<Diagnostic> take_diagnostics();

 private:
  void parse();
  void expand_variables(Json& value, const std::string& pointer);
  void report(std::size_t offset, std::string pointer, std::string message, std::string hint);

  std::string file_;
  std::string text_;  ///< as read: columns are counted in it, comments included
  std::string json_;  ///< the same length, without comments
  const LoadOptions& options_;
  Locator locator_{json_};
  Json root_;
  bool parsed_ = false;
  std::unordered_set<std::string> from_environment_;
  std::unordered_set<std::string> failed_;  ///< strings that could not be expanded
  std::unordered_map<std::string, Result<IpAddress>> resolved_;
  std::set<std::string> declared_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace pushgate::config
