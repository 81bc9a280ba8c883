#include "pushgate/config/path_pattern.hpp"

#include <algorithm>

#include <re2/re2.h>

namespace pushgate::config {

std::string to_re2_syntax(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    out += c;
    if (c == '\\' && i + 1 < pattern.size()) {
      out += pattern[++i];
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
      // A "]" that comes first, or after "^", is a member of the class.
      if (i + 1 < pattern.size() && pattern[i + 1] == '^') out += pattern[++i];
      if (i + 1 < pattern.size() && pattern[i + 1] == ']') out += pattern[++i];
    } else if (c == '(' && pattern.substr(i).starts_with("(?<") && i + 3 < pattern.size() &&
               pattern[i + 3] != '=' && pattern[i + 3] != '!') {
      out += "?P<";
      i += 2;
    }
  }
  return out;
}

namespace {

re2::RE2::Options quiet() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return options;
}

}  // namespace

std::string check_pattern(const std::string& re2_pattern) {
  return re2::RE2{re2_pattern, quiet()}.error();
}

std::string check_path_pattern(const std::string& re2_pattern) {
  const re2::RE2 compiled{re2_pattern, quiet()};
  if (!compiled.ok()) return compiled.error();
  const auto& names = compiled.CapturingGroupNames();
  const auto groups = std::count_if(names.begin(), names.end(),
                                    [](const auto& group) { return group.second == kPathGroup; });
  if (groups == 0) return "it has no group named \"v\"";
  if (groups > 1) return "it has more than one group named \"v\"";  // RE2 does not mind
  return {};
}

}  // namespace pushgate::config
