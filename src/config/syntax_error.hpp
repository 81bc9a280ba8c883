#pragma once
// syntax_error.hpp - what a person did wrong when a text is not JSON.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pushgate::config {

struct SyntaxError {
  std::size_t offset = 0;
  std::string message;
  std::string hint;
};

/// From the parser's byte count (1-based, the last byte it read) and its message.
SyntaxError explain_syntax_error(std::string_view json, std::size_t byte, std::string_view what);

/// From the parser's message about a number out of range, which carries no position.
SyntaxError explain_number_error(std::string_view json, std::string_view what);

/// Offset of the first bracket nested deeper than `levels`. Works on any text.
std::optional<std::size_t> find_too_deep(std::string_view json, std::size_t levels);

}  // namespace pushgate::config
