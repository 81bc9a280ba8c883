#include "config/reader.hpp"

#include <algorithm>
#include <charconv>

#include "pushgate/base/text.hpp"
#include "pushgate/base/units.hpp"
#include "pushgate/config/redact.hpp"

namespace pushgate::config {

namespace {

constexpr std::string_view kDurationHint = "a whole number and ms, s, m, h or d, e.g. \"30s\"";
constexpr std::string_view kSizeHint = "a whole number and B, KiB, MiB or GiB, e.g. \"64KiB\"";

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out + '"';
}

/// "did you mean "ketama"?", or all that may be written.
std::string suggestion(std::string_view word, std::span<const std::string_view> names,
                       std::string_view introduction) {
  const std::string_view near = nearest(word, names);
  if (!near.empty()) return "did you mean " + in_quotes(near) + '?';
  std::string all;
  for (const std::string_view name : names) {
    if (!all.empty()) all += ", ";
    all += name;
  }
  return std::string{introduction} + all;
}

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// By the name of its key, or of the list that it is an element of.
bool is_secret(const Value& value) {
  std::string_view shape = value.shape;
  while (shape.ends_with("/*")) shape.remove_suffix(2);
  const std::size_t slash = shape.rfind('/');
  return slash != std::string_view::npos && is_secret_key(shape.substr(slash + 1));
}

void wrong_type(const Value& value, std::string_view expected, std::string hint = {}) {
  value.error("expected " + std::string{expected} + ", found " +
                  (is_secret(value) ? "something else" : show(*value.json)),
              std::move(hint));
}

/// The text of a quantity that must carry a unit; nullopt and an error if there is none.
std::optional<std::string> quantity_text(const Value& value, std::string_view expected,
                                         std::string_view unit, std::string_view hint) {
  const Json& json = *value.json;
  const std::string text = json.is_string() ? json.get<std::string>() : json.dump();
  const bool bare = is_digits(text) && text != "0";
  if ((json.is_string() || json.is_number_integer()) && bare) {
    value.error(show(json) + " has no unit", "write \"" + text + std::string{unit} + '"');
    return std::nullopt;
  }
  if (json.is_string() || text == "0") return text;
  wrong_type(value, expected, std::string{hint});
  return std::nullopt;
}

void out_of_range(const Value& value, const std::string& least, const std::string& most) {
  value.error(show(*value.json) + " is not between " + least + " and " + most);
}

}  // namespace

Value Value::member(std::string_view key, const Json& json_member) const {
  const std::string escaped = escape_pointer(key);
  return {document, &json_member, pointer + '/' + escaped, shape + '/' + escaped};
}

Value Value::named(std::string_view name, const Json& json_member) const {
  return {document, &json_member, pointer + '/' + escape_pointer(name), shape + "/*"};
}

Value Value::element(std::size_t index) const {
  return {document, &(*json)[index], pointer + '/' + std::to_string(index), shape + "/*"};
}

void Value::error(std::string message, std::string hint) const {
  document->error_at_value(pointer, std::move(message), std::move(hint));
}

std::string show(const Json& value) {
  constexpr std::size_t kMost = 60;
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() <= kMost) return in_quotes(text);
  std::size_t cut = kMost;
  while (cut > 0 && (text[cut] & 0xc0) == 0x80) --cut;
  return in_quotes(text.substr(0, cut) + "…");
}

std::optional<bool> read_boolean(const Value& value) {
  const Json& json = *value.json;
  if (json.is_boolean()) return json.get<bool>();
  const bool is_word = json == "true" || json == "false";
  if (is_word && value.is_from_environment()) return json == "true";
  wrong_type(value, "true or false", is_word ? "without quotes" : "");
  return std::nullopt;
}

std::optional<std::uint64_t> read_integer(const Value& value, IntegerRange range) {
  const Json& json = *value.json;
  std::optional<std::uint64_t> number;
  if (json.is_number_unsigned()) {
    number = json.get<std::uint64_t>();
  } else if (json.is_string() && value.is_from_environment()) {
    number = parse_whole(json.get_ref<const std::string&>());
  }
  if (number && *number >= range.least && *number <= range.most) return number;
  if (number || json.is_number_integer()) {
    out_of_range(value, std::to_string(range.least), std::to_string(range.most));
    return std::nullopt;
  }
  const bool only_quoted = json.is_string() && is_digits(json.get_ref<const std::string&>());
  wrong_type(value, "a whole number", only_quoted ? "without quotes" : "");
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> read_duration(const Value& value, DurationRange range) {
  const auto text = quantity_text(value, "a duration", "s", kDurationHint);
  if (!text) return std::nullopt;
  const auto duration = parse_duration(*text);
  if (!duration) {
    value.error(show(*value.json) + " is not a duration", std::string{kDurationHint});
  } else if (*duration < range.least || *duration > range.most) {
    out_of_range(value, format_duration(range.least), format_duration(range.most));
  } else {
    return duration;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> read_size(const Value& value, SizeRange range) {
  const auto text = quantity_text(value, "a size", "B", kSizeHint);
  if (!text) return std::nullopt;
  const auto size = parse_size(*text);
  if (!size) {
    value.error(show(*value.json) + " is not a size", std::string{kSizeHint});
  } else if (*size < range.least || *size > range.most) {
    out_of_range(value, format_size(range.least), format_size(range.most));
  } else {
    return size;
  }
  return std::nullopt;
}

std::optional<std::string> read_text(const Value& value) {
  if (!value.json->is_string()) {
    wrong_type(value, "a string");
    return std::nullopt;
  }
  auto text = value.json->get<std::string>();
  if (text.find('\0') == std::string::npos) return text;
  value.error("a string may not contain U+0000");
  return std::nullopt;
}

std::optional<std::size_t> read_name(const Value& value, std::string_view noun,
                                     std::span<const std::string_view> names) {
  if (!value.json->is_string()) {
    wrong_type(value, "a " + std::string{noun}, suggestion({}, names, "one of: "));
    return std::nullopt;
  }
  const auto& text = value.json->get_ref<const std::string&>();
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  value.error("unknown " + std::string{noun} + ' ' + show(*value.json),
              suggestion(text, names, "one of: "));
  return std::nullopt;
}

std::vector<Value> read_list(const Value& value) {
  std::vector<Value> elements;
  if (!value.json->is_array()) {
    wrong_type(value, "a list");
    return elements;
  }
  for (std::size_t i = 0; i < value.json->size(); ++i) elements.push_back(value.element(i));
  return elements;
}

ObjectReader::ObjectReader(Value value) : value_(std::move(value)) {
  if (!is_object()) wrong_type(value_, "an object");
}

std::optional<Value> ObjectReader::find(std::string_view key) {
  declared_.push_back(key);
  value_.document->declare(value_.shape + '/' + std::string{key});
  if (!is_object()) return std::nullopt;
  const auto found = value_.json->find(key);
  if (found == value_.json->end()) return std::nullopt;
  return value_.member(key, *found);
}

void ObjectReader::boolean(std::string_view key, bool& out) {
  const std::optional<Value> value = find(key);
  if (!value) return;
  if (const auto read = read_boolean(*value)) out = *read;
}

void ObjectReader::duration(std::string_view key, std::chrono::milliseconds& out,
                            DurationRange range) {
  const std::optional<Value> value = find(key);
  if (!value) return;
  if (const auto read = read_duration(*value, range)) out = *read;
}

void ObjectReader::size(std::string_view key, std::uint64_t& out, SizeRange range) {
  const std::optional<Value> value = find(key);
  if (!value) return;
  if (const auto read = read_size(*value, range)) out = *read;
}

void ObjectReader::text(std::string_view key, std::string& out) {
  const std::optional<Value> value = find(key);
  if (!value) return;
  if (auto read = read_text(*value)) out = *std::move(read);
}

void ObjectReader::finish() {
  if (!is_object()) return;
  for (const auto& [key, member] : value_.json->items()) {
    if (std::find(declared_.begin(), declared_.end(), key) != declared_.end()) continue;
    value_.document->error_at_key(value_.member(key, member).pointer,
                                  "unknown key " + in_quotes(key),
                                  suggestion(key, declared_, "declared: "));
  }
}

}  // namespace pushgate::config
