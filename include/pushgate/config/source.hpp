#pragma once
// source.hpp - from the bytes of a file to plain JSON text: reading, comments, ${ENV}.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "pushgate/base/result.hpp"

namespace pushgate::config {

/// Larger files are refused before they are read whole.
inline constexpr std::size_t kMaxFileBytes = 64u << 20;

/// The whole file. Errors: errno of open(2) and read(2); is_a_directory; file_too_large.
Result<std::string> read_file(const std::string& path);

struct StrippedText {
  std::string json;  ///< exactly as long as the input, so that every offset stays valid
  std::optional<std::size_t> unterminated_comment;  ///< offset of a "/*" that never ends
};

/// Replaces // and /* */ comments outside strings, and a leading byte order mark, by spaces. Line
/// breaks inside comments stay. Sans-I/O, O(n).
StrippedText strip_comments(std::string_view text);

/// Answers what an environment variable holds; nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// getenv(3). Call it only while no other thread changes the environment.
Environment process_environment();

struct Expansion {
  std::string text;
  std::string error;   ///< empty if the expansion went well
  bool whole = false;  ///< the input was nothing but one ${...}
};

/// Expands one string value:
///  - `${NAME}` is the variable; it is an error if it is not set;
///  - `${NAME:-default}` is the default if the variable is not set or empty (as in a shell); the
///    default ends at the first `}` and is not expanded again;
///  - `$$` is one `$`; a `$` before anything else is itself, so "^/u/(?<v>.*)$" needs no escape.
/// What a variable holds is never expanded again.
Expansion expand(std::string_view text, const Environment& environment);

}  // namespace pushgate::config
