#include "config/syntax_error.hpp"

#include <algorithm>

namespace pushgate::config {

namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kPunctuation = "{}[],:";

struct Token {
  std::size_t offset = 0;
  std::string_view text;  ///< empty at the end of the input
};

/// Splits any text the way JSON would be split; words are runs of everything else.
Token next_token(std::string_view json, std::size_t from) {
  const std::size_t start = json.find_first_not_of(kSpace, from);
  if (start == std::string_view::npos) return {json.size(), {}};
  std::size_t end = start + 1;
  if (json[start] == '"') {
    while (end < json.size() && json[end] != '"' && json[end] != '\n') {
      end += json[end] == '\\' ? 2 : 1;
    }
    end = std::min(end + 1, json.size());
  } else if (kPunctuation.find(json[start]) == std::string_view::npos) {
    while (end < json.size() && kSpace.find(json[end]) == std::string_view::npos &&
           kPunctuation.find(json[end]) == std::string_view::npos && json[end] != '"') {
      ++end;
    }
  }
  return {start, json.substr(start, end - start)};
}

struct Neighbours {
  Token before;
  Token at;  ///< the token that holds the offending byte
};

Neighbours tokens_at(std::string_view json, std::size_t offset) {
  Neighbours found;
  Token token = next_token(json, 0);
  while (!token.text.empty() && token.offset + token.text.size() <= offset) {
    found.before = token;
    token = next_token(json, token.offset + token.text.size());
  }
  found.at = token;
  return found;
}

std::string quoted(std::string_view token) {
  constexpr std::size_t kMost = 40;
  const bool is_quoted = token.starts_with('"');
  std::string out{token.substr(0, kMost)};
  while (!out.empty() && token.size() > kMost && (out.back() & 0x80) != 0) out.pop_back();
  if (token.size() > kMost) out += "…";
  return is_quoted ? out : '"' + out + '"';
}

bool ends_value(std::string_view token) {
  return !token.empty() && (token == "}" || token == "]" ||
                            kPunctuation.find(token.front()) == std::string_view::npos);
}

bool starts_value(std::string_view token) {
  return token == "{" || token == "[" ||
         (!token.empty() && kPunctuation.find(token.front()) == std::string_view::npos);
}

/// "expected string literal" and the like, from the end of the parser's message.
std::string_view expectation(std::string_view what) {
  constexpr std::string_view kExpected = "; expected ";
  const std::size_t at = what.rfind(kExpected);
  return at == std::string_view::npos ? std::string_view{} : what.substr(at + 2);
}

}  // namespace

SyntaxError explain_syntax_error(std::string_view json, std::size_t byte, std::string_view what) {
  const auto [before, at] = tokens_at(json, byte == 0 ? 0 : byte - 1);
  const bool wants_key = what.find("object key") != std::string_view::npos;
  if (what.find("UTF-8") != std::string_view::npos) {
    return {byte == 0 ? 0 : byte - 1, "this is not UTF-8", "save the file as UTF-8"};
  }
  if (at.text.empty()) {
    if (before.text.empty()) return {0, "the file is empty", "write at least {}"};
    return {at.offset, "the text ends too early", "a closing bracket is missing"};
  }
  if (before.text == "," && (at.text == "}" || at.text == "]")) {
    return {before.offset, "no comma may stand before " + quoted(at.text), "remove it"};
  }
  if (at.text.starts_with('\'')) {
    return {at.offset, "strings need double quotes", {}};
  }
  if (at.text.starts_with('"') && what.find("invalid string") != std::string_view::npos) {
    const bool open = what.find("missing closing quote") != std::string_view::npos ||
                      what.find("control character") != std::string_view::npos;
    if (open) return {at.offset, "this string is not closed in its line", {}};
    return {at.offset, "this string has a bad escape sequence", "write \\\\ for a backslash"};
  }
  if (wants_key && kPunctuation.find(at.text.front()) == std::string_view::npos) {
    return {at.offset, "a key must stand in double quotes",
            "write \"" + std::string{at.text.substr(0, 40)} + '"'};
  }
  if (ends_value(before.text) && starts_value(at.text)) {
    const bool is_key =
        at.text.starts_with('"') && next_token(json, at.offset + at.text.size()).text == ":";
    return {at.offset, "unexpected " + quoted(at.text),
            is_key || before.text != "{" ? "is a comma missing before it?" : ""};
  }
  if (starts_value(at.text) && !at.text.starts_with('"') && at.text != "{" && at.text != "[") {
    return {at.offset, quoted(at.text) + " is not a JSON value", "strings need double quotes"};
  }
  return {at.offset, "unexpected " + quoted(at.text), std::string{expectation(what)}};
}

SyntaxError explain_number_error(std::string_view json, std::string_view what) {
  const std::size_t first = what.find('\'');
  const std::size_t last = what.rfind('\'');
  if (first == std::string_view::npos || last <= first) return {0, std::string{what}, {}};
  const std::string_view number = what.substr(first + 1, last - first - 1);
  const std::size_t at = json.find(number);
  return {at == std::string_view::npos ? 0 : at, quoted(number) + " is out of range", {}};
}

std::optional<std::size_t> find_too_deep(std::string_view json, std::size_t levels) {
  std::size_t depth = 0;
  for (Token token = next_token(json, 0); !token.text.empty();
       token = next_token(json, token.offset + token.text.size())) {
    if (token.text == "{" || token.text == "[") {
      if (++depth > levels) return token.offset;
    } else if ((token.text == "}" || token.text == "]") && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

}  // namespace pushgate::config
