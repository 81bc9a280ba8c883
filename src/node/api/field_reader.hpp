#pragma once
// field_reader.hpp - the fields of a request, with the name of the one that is wrong. Sans-I/O.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/api_reply.hpp"

namespace pushgate::node {

/// What a text may be.
struct TextRule {
  std::size_t max_bytes = 256;
  std::string_view what = "a name of 1 to 256 bytes without control characters";
};

/// Reads a JSON object whose text has passed check_json. What is absent gives the value's default;
/// the first thing that is wrong is kept, and whatever nobody asked for is wrong too.
class FieldReader {
 public:
  static constexpr std::size_t kMaxItems = 1000;

  /// `text`: of any JSON value; one that is no object is a problem.
  explicit FieldReader(std::string_view text);

  bool has(std::string_view name);
  /// The field's JSON text.
  std::optional<std::string_view> raw(std::string_view name);
  std::string text(std::string_view name, const TextRule& rule = {});
  std::vector<std::string> texts(std::string_view name, const TextRule& rule = {});
  std::optional<bool> flag(std::string_view name);
  /// Whole milliseconds, 0 to `most`.
  std::optional<std::chrono::milliseconds> duration(std::string_view name,
                                                    std::chrono::milliseconds most);

  void require(std::string_view name);
  void fail(std::string_view field, std::string message);
  /// The first problem, or the first field that nobody asked for.
  std::optional<ApiProblem> finish() const;

 private:
  std::string_view object_{};
  std::vector<std::string_view> known_;
  std::optional<ApiProblem> problem_;
};

}  // namespace pushgate::node
