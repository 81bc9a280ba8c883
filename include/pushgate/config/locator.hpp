#pragma once
// locator.hpp - where a JSON pointer stands in the text: offset, line and column. Sans-I/O.

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pushgate::config {

/// Lines and columns from 1; a column is one UTF-8 code point, as editors count.
struct LineColumn {
  std::size_t line = 1;
  std::size_t column = 1;

  friend bool operator==(const LineColumn&, const LineColumn&) = default;
};

/// The line and column of a byte offset. An offset past the end is the end. O(offset).
LineColumn line_column(std::string_view text, std::size_t offset) noexcept;

/// One member name as the inside of a JSON pointer: "~" is "~0" and "/" is "~1" (RFC 6901).
std::string escape_pointer(std::string_view name);

struct DuplicateKey {
  std::string pointer;     ///< of the member
  std::size_t offset = 0;  ///< of the repeated key
  std::size_t first_offset = 0;
};

/// Offsets of the values and keys of one well-formed JSON text without comments.
///
/// The index is built when the first question is asked: a file without errors is never scanned for
/// positions. Keeps a view: the text must outlive the locator. Not thread-safe.
class Locator {
 public:
  explicit Locator(std::string_view json) noexcept : json_(json) {}

  /// Offset of the first byte of the value at `pointer`; of its nearest existing parent if there is
  /// no such value (a missing key is reported where its object starts).
  std::size_t value_offset(std::string_view pointer) const;
  /// Offset of the opening quote of the member's name; as value_offset for elements of arrays.
  std::size_t key_offset(std::string_view pointer) const;

 private:
  struct Offsets {
    std::size_t key;
    std::size_t value;
  };
  const Offsets& find(std::string_view pointer) const;
  void build() const;

  std::string_view json_;
  mutable std::unordered_map<std::string, Offsets> index_;
};

/// Keys that occur twice in one object, which a JSON parser drops silently. Names are compared
/// after unescaping. `json` must be well-formed. O(n).
std::vector<DuplicateKey> find_duplicate_keys(std::string_view json);

}  // namespace pushgate::config
