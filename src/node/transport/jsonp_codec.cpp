// jsonp_codec.cpp - the part of payload_codec.hpp for browsers that can only load scripts.

#include <algorithm>

#include "pushgate/base/text.hpp"
#include "pushgate/http/percent.hpp"
#include "pushgate/http/query.hpp"
#include "pushgate/node/transport/payload_codec.hpp"

namespace pushgate::node {

namespace {

/// U+2028 and U+2029 end a line in the JavaScript of those browsers, but not in JSON.
constexpr std::string_view kLineSeparatorStart = "\xe2\x80";

bool is_line_separator(std::string_view text) noexcept {
  return text.size() >= 3 && text.starts_with(kLineSeparatorStart) &&
         (text[2] == '\xa8' || text[2] == '\xa9');
}

void append_script_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    if (is_line_separator(text)) {
      out += text[2] == '\xa8' ? "\\u2028" : "\\u2029";
      text.remove_prefix(3);
      continue;
    }
    const std::size_t next = std::min(text.find(kLineSeparatorStart, 1), text.size());
    append_json_escaped(out, text.substr(0, next));
    text.remove_prefix(next);
  }
  out += '"';
}

/// The client writes a line feed as \n, lest a browser make two characters of it, and doubles the
/// backslash where \n stood already. So of n backslashes before an "n", one goes; if it was the
/// only one, the two are a line feed.
std::string without_line_feed_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('\\'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    const std::size_t backslashes = std::min(text.find_first_not_of('\\'), text.size());
    text.remove_prefix(backslashes);
    if (backslashes == 0 || !text.starts_with('n')) {
      out.append(backslashes, '\\');
      continue;
    }
    out.append(backslashes - 1, '\\');
    out += backslashes == 1 ? '\n' : 'n';
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::string jsonp_body(std::string_view j, std::string_view payload) {
  std::string body = "___eio[";
  for (const char c : j) {
    if (c >= '0' && c <= '9') body += c;
  }
  body += "](";
  append_script_string(body, payload);
  body += ");";
  return body;
}

std::optional<std::string> decode_jsonp_form(std::string_view body) {
  http::ParameterValues values{body, "d"};
  const std::optional<std::string_view> encoded = values.next();
  if (!encoded || values.next()) return std::nullopt;
  const std::optional<std::string> text = http::percent_decode(*encoded, http::Plus::space);
  if (!text) return std::nullopt;
  return without_line_feed_escapes(*text);
}

}  // namespace pushgate::node
