#include "pushgate/config/source.hpp"

#include <algorithm>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pushgate/base/unique_fd.hpp"

namespace pushgate::config {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// The end of the string literal that starts at `i`: the offset after its closing quote.
std::size_t skip_string(std::string_view text, std::size_t i) noexcept {
  for (++i; i < text.size() && text[i] != '"' && text[i] != '\n'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
  }
  return std::min(i + 1, text.size());
}

void blank(std::string& text, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
  }
}

bool is_name_start(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_variable_name(std::string_view name) noexcept {
  const auto is_name_char = [](char c) { return is_name_start(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_name_start(name.front()) &&
         std::all_of(name.begin(), name.end(), is_name_char);
}

/// The value of what stands between the braces, or an error in `error`.
std::string expand_one(std::string_view inside, const Environment& environment,
                       std::string& error) {
  const std::size_t separator = inside.find(":-");
  const std::string name{inside.substr(0, separator)};
  if (!is_variable_name(name)) {
    error = "\"${" + std::string{inside} + "}\" names no environment variable";
    return {};
  }
  std::optional<std::string> value = environment(name);
  if (separator != std::string_view::npos) {
    if (value && !value->empty()) return *std::move(value);
    return std::string{inside.substr(separator + 2)};
  }
  if (!value) error = "the environment variable " + name + " is not set";
  return value.value_or(std::string{});
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!fd) return last_system_error();
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return last_system_error();
  if (S_ISDIR(status.st_mode))
    return boost::system::errc::make_error_code(boost::system::errc::is_a_directory);

  std::string text;
  char chunk[16 * 1024];
  while (true) {
    const ssize_t got = ::read(fd.get(), chunk, sizeof chunk);
    if (got == 0) return text;
    if (got < 0) {
      if (errno == EINTR) continue;
      return last_system_error();
    }
    text.append(chunk, static_cast<std::size_t>(got));
    if (text.size() > kMaxFileBytes)
      return boost::system::errc::make_error_code(boost::system::errc::file_too_large);
  }
}

StrippedText strip_comments(std::string_view text) {
  StrippedText out{std::string{text}, std::nullopt};
  if (text.starts_with(kByteOrderMark)) blank(out.json, 0, kByteOrderMark.size());
  std::size_t i = 0;
  while (i < text.size()) {
    const std::string_view rest = text.substr(i);
    if (rest.front() == '"') {
      i = skip_string(text, i);
    } else if (rest.starts_with("//")) {
      const std::size_t end = std::min(text.find('\n', i), text.size());
      blank(out.json, i, end);
      i = end;
    } else if (rest.starts_with("/*")) {
      const std::size_t close = text.find("*/", i + 2);
      if (close == std::string_view::npos) out.unterminated_comment = i;
      const std::size_t end = close == std::string_view::npos ? text.size() : close + 2;
      blank(out.json, i, end);
      i = end;
    } else {
      ++i;
    }
  }
  return out;
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Expansion expand(std::string_view text, const Environment& environment) {
  Expansion out;
  const bool starts_with_variable = text.starts_with("${");
  std::size_t i = 0;
  while (i < text.size() && out.error.empty()) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("$$")) {
      out.text += '$';
      i += 2;
    } else if (rest.starts_with("${")) {
      const std::size_t close = rest.find('}');
      if (close == std::string_view::npos) {
        out.error = "\"${\" has no closing \"}\"";
        break;
      }
      out.text += expand_one(rest.substr(2, close - 2), environment, out.error);
      out.whole = starts_with_variable && i == 0 && close + 1 == rest.size();
      i += close + 1;
    } else {
      out.text += rest.front();
      ++i;
    }
  }
  return out;
}

}  // namespace pushgate::config
