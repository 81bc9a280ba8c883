// The key "when".

#include <algorithm>

#include "pushgate/base/text.hpp"
#include "pushgate/config/path_pattern.hpp"

#include "config/addresses.hpp"
#include "config/header_names.hpp"
#include "config/source_reader.hpp"

namespace pushgate::config {

namespace {

/// One text, or a list of them.
std::vector<std::pair<Value, std::string>> read_texts(const Value& value) {
  std::vector<Value> elements;
  if (value.json->is_array()) {
    elements = read_list(value);
    if (elements.empty()) value.error("an empty list: nothing could match", "leave the key out");
  } else {
    elements.push_back(value);
  }
  std::vector<std::pair<Value, std::string>> texts;
  for (const Value& element : elements) {
    if (auto text = read_text(element)) texts.emplace_back(element, *std::move(text));
  }
  return texts;
}

std::string read_condition_pattern(const Value& value, const std::string& text) {
  std::string pattern = to_re2_syntax(text);
  const std::string fault = check_pattern(pattern);
  if (!fault.empty()) value.error("the pattern " + show(*value.json) + " cannot be used: " + fault);
  return pattern;
}

void read_paths(const Value& value, std::vector<std::string>& out) {
  for (const auto& [element, text] : read_texts(value)) {
    out.push_back(read_condition_pattern(element, text));
  }
}

bool is_host_pattern(std::string_view host) {
  if (host.starts_with("*.")) host.remove_prefix(2);
  return !host.empty() && host.find_first_of(" /*?@") == std::string_view::npos &&
         (host.find(':') == std::string_view::npos || host.starts_with('['));
}

void read_hosts(const Value& value, std::vector<std::string>& out) {
  for (const auto& [element, text] : read_texts(value)) {
    std::string host = text;
    std::transform(host.begin(), host.end(), host.begin(), [](char c) { return to_lower(c); });
    if (!is_host_pattern(host)) {
      element.error(show(*element.json) + " is no host",
                    "a name without port, or \"*.\" and a name; an IPv6 address in brackets");
    }
    out.push_back(std::move(host));
  }
}

void read_methods(const Value& value, std::vector<std::string>& out) {
  for (auto& [element, text] : read_texts(value)) {
    if (!is_token(text)) element.error(show(*element.json) + " is no method");
    out.push_back(std::move(text));
  }
}

void read_fields(const Value& value, std::vector<FieldPattern>& out) {
  if (!value.json->is_object()) {
    value.error("expected an object, found " + show(*value.json),
                R"(e.g. {"user-agent": "Bot"}; "" stands for any value)");
    return;
  }
  for (const auto& [name, json] : value.json->items()) {
    const Value member = value.named(name, json);
    if (!is_token(name)) member.error(show(Json(name)) + " is not a name");
    auto text = read_text(member);
    if (!text) continue;
    out.push_back({name, text->empty() ? std::string{} : read_condition_pattern(member, *text)});
  }
}

enum class Depth : std::uint8_t { outer, inner };

void read_parts(const Value& value, ConditionConfig& out, Depth depth) {
  ObjectReader reader{value};
  reader.section("path", read_paths, out.path);
  reader.section("host", read_hosts, out.host);
  reader.section("method", read_methods, out.method);
  reader.section("header", read_fields, out.header);
  if (const auto networks = reader.find("client")) {
    read_networks(*networks, out.client, out.client_text);
    if (networks->json->is_array() && networks->json->empty()) {
      networks->error("an empty list: nothing could match", "leave the key out");
    }
  }
  if (depth == Depth::outer) {
    if (const auto inner = reader.find("not")) {
      read_parts(*inner, out.unless.emplace_back(), Depth::inner);
    }
  }
  reader.finish();
  if (reader.is_object() && value.json->empty()) {
    value.error("an empty condition", "leave \"when\" out: then it is for every request");
  }
}

}  // namespace

void read_condition(const Value& value, std::optional<ConditionConfig>& out) {
  read_parts(value, out.emplace(), Depth::outer);
}

}  // namespace pushgate::config
