#pragma once
// access_log_line.hpp - reads a line of the access log as somebody would who has only the
// reference.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/raw_stream.hpp"

namespace pushgate::test {

/// The fields of one line by their names in the text format; absent ones are left out.
using LogLine = std::map<std::string, std::string>;

/// Text and JSON names, in the order of the reference (src/http/README.md).
inline const std::vector<std::pair<std::string, std::string>> kLogNames{
    {"time", "time"},         {"client", "client"},        {"event", "event"},
    {"method", "method"},     {"target", "target"},        {"status", "status"},
    {"end", "end"},           {"product", "product"},      {"uid", "uid"},
    {"node", "node"},         {"choice", "choice"},        {"reused", "reused"},
    {"total_ms", "totalMs"},  {"connect_ms", "connectMs"}, {"first_byte_ms", "firstByteMs"},
    {"in", "bytesIn"},        {"out", "bytesOut"},         {"rule", "rule"},
    {"listener", "listener"}, {"id", "requestId"}};

inline std::vector<std::string> split_at_spaces(std::string_view text) {
  std::vector<std::string> words{{}};
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == ' ' && !quoted) {
      words.emplace_back();
      continue;
    }
    words.back() += text[i];
    if (text[i] == '\\' && i + 1 < text.size()) words.back() += text[++i];
  }
  return words;
}

/// Throws if the line is not of that form: every field in its place, but for those that the line of
/// a tunnel's end leaves out.
inline LogLine parse_text_line(const std::string& text) {
  const std::set<std::string> only_of_requests{"method", "target",     "status",        "choice",
                                               "reused", "connect_ms", "first_byte_ms", "listener"};
  const std::vector<std::string> words = split_at_spaces(text);
  if (words.size() < 3) throw StreamError("not a log line: " + text);
  LogLine line{{"time", words[0]}, {"client", words[1]}, {"event", words[2]}};
  std::size_t next = 3;
  for (std::size_t i = 3; i < kLogNames.size(); ++i) {
    const std::string name = kLogNames[i].first;
    if (line["event"] == "close" && only_of_requests.contains(name)) continue;
    if (next == words.size() || !words[next].starts_with(name + "=")) {
      throw StreamError("no " + name + " in: " + text);
    }
    const std::string value = words[next++].substr(name.size() + 1);
    if (value == "-") continue;
    line[name] = value.starts_with('"') ? nlohmann::json::parse(value).get<std::string>() : value;
  }
  if (next != words.size()) throw StreamError("more than a log line: " + text);
  return line;
}

inline LogLine parse_json_line(const std::string& text) {
  const auto object = nlohmann::ordered_json::parse(text);
  LogLine line;
  std::size_t found = 0;
  for (const auto& [text_name, json_name] : kLogNames) {
    if (!object.contains(json_name)) continue;
    ++found;
    const auto& value = object.at(json_name);
    line[text_name] = value.is_string()    ? value.get<std::string>()
                      : value.is_boolean() ? (value.get<bool>() ? "yes" : "no")
                                           : value.dump();
  }
  if (found != object.size()) throw StreamError("a member that is not documented: " + text);
  return line;
}

/// `format` as in accessLog.format.
inline LogLine parse_log_line(const std::string& line, std::string_view format) {
  return format == "json" ? parse_json_line(line) : parse_text_line(line);
}

}  // namespace pushgate::test
