// log_format.cpp - a message and its fields as text or JSON.

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "pushgate/base/text.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::runtime {

namespace {

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
}

void append_text_escaped(std::string& out, std::string_view text, bool quoted) {
  for (const char c : text) {
    if (is_control(c)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      if (quoted && (c == '"' || c == '\\')) out.push_back('\\');
      out.push_back(c);
    }
  }
}

bool needs_quotes(std::string_view text) noexcept {
  if (text.empty()) return true;
  return std::any_of(text.begin(), text.end(), [](char c) {
    return is_control(c) || c == ' ' || c == '"' || c == '=' || c == '\\';
  });
}

void append_text_string(std::string& out, std::string_view text) {
  if (!needs_quotes(text)) {
    out.append(text);
    return;
  }
  out.push_back('"');
  append_text_escaped(out, text, true);
  out.push_back('"');
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  append_json_escaped(out, text);
  out.push_back('"');
}

void append_value(std::string& out, LogStyle style, const LogField::Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    style == LogStyle::json ? append_json_string(out, *text) : append_text_string(out, *text);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out.append(*flag ? "true" : "false");
  } else if (const auto* real = std::get_if<double>(&value)) {
    // JSON has no spelling for infinity and NaN (RFC 8259 section 6).
    std::isfinite(*real) ? fmt::format_to(std::back_inserter(out), "{}", *real)
                         : fmt::format_to(std::back_inserter(out), "null");
  } else if (const auto* count = std::get_if<std::uint64_t>(&value)) {
    fmt::format_to(std::back_inserter(out), "{}", *count);
  } else {
    fmt::format_to(std::back_inserter(out), "{}", std::get<std::int64_t>(value));
  }
}

}  // namespace

std::string format_log_line(LogStyle style, std::string_view message, LogFields fields) {
  std::string line;
  if (style == LogStyle::json) {
    line.append("\"message\":");
    append_json_string(line, message);
  } else {
    append_text_escaped(line, message, false);
  }
  for (const LogField& field : fields) {
    if (style == LogStyle::json) {
      line.push_back(',');
      append_json_string(line, field.key());
      line.push_back(':');
    } else {
      line.push_back(' ');
      line.append(field.key()).push_back('=');
    }
    append_value(line, style, field.value());
  }
  return line;
}

}  // namespace pushgate::runtime
