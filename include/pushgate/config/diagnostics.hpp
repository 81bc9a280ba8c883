#pragma once
// diagnostics.hpp - what is wrong with a configuration file, and where.

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pushgate::config {

/// A place in a file as editors count: lines and columns from 1, a column is one code point.
/// Line 0 means the file as a whole (it cannot be read, or does not exist).
struct Location {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;

  friend bool operator==(const Location&, const Location&) = default;
};

/// One error.
struct Diagnostic {
  Location at;
  std::string path;  ///< JSON pointer, e.g. "/default/backends/1/weight"; empty: the whole document
  std::string message;  ///< what is wrong, with the offending value; secrets are never quoted
  std::string hint;     ///< what to write instead; may be empty

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// "pushgate.json:14:11: /hash: unknown hash policy "ketma" (did you mean "ketama"?)"
/// The file:line:col prefix is the one compilers print, so that editors and terminals make it a
/// link.
std::string to_string(const Diagnostic& diagnostic);

/// By position within each file; files stay in the order in which they were read.
void sort_by_position(std::vector<Diagnostic>& diagnostics);

/// What an operator sees: one line for each diagnostic and a last line "3 errors" ("1 error").
/// Empty if there are none. Ends with a newline otherwise.
std::string report(const std::vector<Diagnostic>& diagnostics);

/// A value read from a configuration, or all the reasons why there is none.
template <class T>
struct Loaded {
  std::optional<T> value;  ///< set exactly when `diagnostics` is empty
  std::vector<Diagnostic> diagnostics;

  bool ok() const noexcept { return value.has_value(); }
};

}  // namespace pushgate::config
