#include "pushgate/node/json_text.hpp"

#include <algorithm>
#include <array>

#include "pushgate/base/text.hpp"

namespace pushgate::node {

namespace {

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trim_json(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// What is between the two characters at the ends of `text`; empty if they are not there.
std::string_view inside(std::string_view text, char open, char close) noexcept {
  text = trim_json(text);
  if (text.size() < 2 || text.front() != open || text.back() != close) return {};
  return trim_json(text.substr(1, text.size() - 2));
}

/// Where the string whose opening quote is at `start` ends: behind its closing quote.
std::size_t string_end(std::string_view text, std::size_t start) noexcept {
  for (std::size_t i = start + 1; i < text.size(); ++i) {
    i = text.find('"', i);
    if (i == text.npos) break;
    std::size_t backslashes = 0;
    while (text[i - 1 - backslashes] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return i + 1;
  }
  return text.size();
}

/// Where `separator` stands outside of every string, array and object, or the end.
std::size_t find_outside(std::string_view text, char separator) noexcept {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i = string_end(text, i);
      continue;
    }
    if (c == separator && depth == 0) return i;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth != 0) --depth;
    ++i;
  }
  return text.size();
}

/// Takes the first of several values, separated by commas, off the front.
std::optional<std::string_view> take_value(std::string_view& rest) noexcept {
  if (rest.empty()) return std::nullopt;
  const std::size_t end = find_outside(rest, ',');
  const std::string_view value = trim_json(rest.substr(0, end));
  rest = end == rest.size() ? std::string_view{} : trim_json(rest.substr(end + 1));
  return value;
}

/// A UTF-8 sequence, decoded from a string.
struct Character {
  std::array<char, 4> bytes{};
  std::size_t size = 0;

  std::string_view view() const noexcept { return {bytes.data(), size}; }
};

Character utf8_of(std::uint32_t point) noexcept {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
  const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3f)); };
  if (point < 0x80) return {{byte(point)}, 1};
  if (point < 0x800) return {{byte(0xc0 | point >> 6), tail(point)}, 2};
  if (point < 0x10000) return {{byte(0xe0 | point >> 12), tail(point >> 6), tail(point)}, 3};
  return {{byte(0xf0 | point >> 18), tail(point >> 12), tail(point >> 6), tail(point)}, 4};
}

/// Reads the inside of a string, escape by escape.
class EscapeReader {
 public:
  explicit EscapeReader(std::string_view inside) noexcept : rest_(inside) {}

  bool at_end() const noexcept { return rest_.empty(); }

  /// The characters up to the next escape, as they are.
  std::string_view take_plain() noexcept {
    const std::size_t end = std::min(rest_.find('\\'), rest_.size());
    const std::string_view plain = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return plain;
  }

  /// What the escape at the front stands for.
  Character take_escape() noexcept {
    const char kind = rest_.size() < 2 ? '\\' : rest_[1];
    if (kind != 'u') {
      rest_.remove_prefix(std::min<std::size_t>(2, rest_.size()));
      return {{plain_of(kind)}, 1};
    }
    std::uint32_t point = take_unit();
    if (point >= 0xd800 && point < 0xdc00 && rest_.starts_with("\\u")) {
      const std::string_view before = rest_;
      const std::uint32_t low = take_unit();
      if (low >= 0xdc00 && low < 0xe000)
        return utf8_of(0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00));
      rest_ = before;
    }
    return utf8_of(point >= 0xd800 && point < 0xe000 ? 0xfffd : point);
  }

 private:
  static char plain_of(char kind) noexcept {
    constexpr std::string_view kKinds = "bfnrt";
    constexpr std::string_view kPlain = "\b\f\n\r\t";
    const std::size_t i = kKinds.find(kind);
    return i == kKinds.npos ? kind : kPlain[i];
  }

  /// The UTF-16 unit of "\uXXXX" at the front.
  std::uint32_t take_unit() noexcept {
    std::uint32_t unit = 0;
    for (const char c : rest_.substr(2, 4)) {
      const auto digit = static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
      unit = unit << 4 | (digit & 0xf);
    }
    rest_.remove_prefix(std::min<std::size_t>(6, rest_.size()));
    return unit;
  }

  std::string_view rest_{};
};

bool is_quoted(std::string_view value) noexcept {
  return value.size() >= 2 && value.front() == '"' && value.back() == '"';
}

void append_values(std::string& out, std::span<const std::string_view> values) {
  for (const std::string_view value : values) {
    if (out.size() > 1) out += ',';
    out += value;
  }
  out += ']';
}

}  // namespace

JsonKind json_kind(std::string_view value) noexcept {
  if (value.empty()) return JsonKind::null;
  switch (value.front()) {
    case '"':
      return JsonKind::string;
    case '[':
      return JsonKind::array;
    case '{':
      return JsonKind::object;
    case 't':
    case 'f':
      return JsonKind::boolean;
    default: {
      const char c = value.front();
      return c == '-' || (c >= '0' && c <= '9') ? JsonKind::number : JsonKind::null;
    }
  }
}

JsonElements::JsonElements(std::string_view array) noexcept : rest_(inside(array, '[', ']')) {}

std::optional<std::string_view> JsonElements::next() noexcept { return take_value(rest_); }

JsonMembers::JsonMembers(std::string_view object) noexcept : rest_(inside(object, '{', '}')) {}

std::optional<JsonMember> JsonMembers::next() noexcept {
  const std::optional<std::string_view> member = take_value(rest_);
  if (!member) return std::nullopt;
  const std::size_t colon = find_outside(*member, ':');
  const std::string_view value = member->substr(std::min(colon + 1, member->size()));
  return JsonMember{trim_json(member->substr(0, colon)), trim_json(value)};
}

std::optional<std::string_view> find_member(std::string_view object,
                                            std::string_view name) noexcept {
  std::optional<std::string_view> found;
  for (JsonMembers reader{object}; const auto member = reader.next();) {
    if (json_string_equals(member->name, name)) found = member->value;
  }
  return found;
}

std::optional<std::string> decode_json_string(std::string_view value) {
  if (!is_quoted(value)) return std::nullopt;
  std::string plain;
  EscapeReader reader{value.substr(1, value.size() - 2)};
  plain.reserve(value.size() - 2);
  for (;;) {
    plain += reader.take_plain();
    if (reader.at_end()) return plain;
    plain += reader.take_escape().view();
  }
}

bool json_string_equals(std::string_view value, std::string_view plain) noexcept {
  if (!is_quoted(value)) return false;
  const std::string_view inside = value.substr(1, value.size() - 2);
  if (inside == plain && inside.find('\\') == inside.npos) return true;
  if (inside.size() <= plain.size()) return false;  // an escape is longer than what it stands for
  const auto take = [&plain](std::string_view expected) {
    if (!plain.starts_with(expected)) return false;
    plain.remove_prefix(expected.size());
    return true;
  };
  for (EscapeReader reader{inside};;) {
    if (!take(reader.take_plain())) return false;
    if (reader.at_end()) return plain.empty();
    if (!take(reader.take_escape().view())) return false;
  }
}

void append_json_string(std::string& out, std::string_view plain) {
  out += '"';
  append_json_escaped(out, plain);
  out += '"';
}

std::string make_event_data(std::string_view name, std::span<const std::string_view> arguments) {
  std::string data = "[";
  append_json_string(data, name);
  append_values(data, arguments);
  return data;
}

std::string make_ack_data(std::span<const std::string_view> arguments) {
  std::string data = "[";
  append_values(data, arguments);
  return data;
}

}  // namespace pushgate::node
