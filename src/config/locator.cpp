#include "pushgate/config/locator.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace pushgate::config {

namespace {

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

std::uint32_t hex4(std::string_view text) noexcept {
  std::uint32_t code = 0;
  for (const char c : text.substr(0, 4)) {
    const int digit = (c >= '0' && c <= '9') ? c - '0' : ((c | 0x20) - 'a' + 10);
    code = (code << 4) | (static_cast<std::uint32_t>(digit) & 0xf);
  }
  return code;
}

char unescaped(char c) noexcept {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

/// What the inside of a well-formed string literal means.
std::string unescape(std::string_view inside) {
  std::string out;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '\\' || i + 1 >= inside.size()) {
      out += inside[i];
      continue;
    }
    ++i;
    if (inside[i] != 'u') {
      out += unescaped(inside[i]);
      continue;
    }
    std::uint32_t code = hex4(inside.substr(i + 1));
    i += 4;
    const bool high_surrogate = code >= 0xd800 && code < 0xdc00;
    if (high_surrogate && i + 6 < inside.size()) {
      code = 0x10000 + ((code - 0xd800) << 10) + (hex4(inside.substr(i + 3)) - 0xdc00);
      i += 6;
    }
    append_utf8(out, code);
  }
  return out;
}

/// Walks well-formed JSON and tells a visitor about every key and value. Iterative: the nesting of
/// the text costs no stack. On malformed text it stops early instead of failing.
class Walk {
 public:
  explicit Walk(std::string_view json) noexcept : json_(json) {}

  /// Calls `visitor(pointer, depth, key_offset, value_offset)` for every value in text order;
  /// key_offset equals value_offset for the root and for elements of arrays.
  template <class Visitor>
  void run(Visitor&& visitor) {
    skip_space();
    std::size_t key = at_;
    while (at_ < json_.size()) {
      visitor(pointer_, levels_.size(), key, at_);
      if (json_[at_] == '{' || json_[at_] == '[') {
        levels_.push_back({json_[at_] == '{', 0, pointer_.size()});
        ++at_;
      } else {
        skip_scalar();
      }
      const std::optional<std::size_t> next = next_member();
      if (!next) return;
      key = *next;
    }
  }

 private:
  struct Level {
    bool is_object;
    std::size_t count;
    std::size_t pointer_size;
  };

  void skip_space() noexcept {
    while (at_ < json_.size() && is_space(json_[at_])) ++at_;
  }

  void skip_scalar() noexcept {
    if (json_[at_] == '"') {
      read_string();
      return;
    }
    while (at_ < json_.size() && !is_space(json_[at_]) && json_[at_] != ',' && json_[at_] != '}' &&
           json_[at_] != ']') {
      ++at_;
    }
  }

  std::string_view read_string() noexcept {
    const std::size_t start = ++at_;
    while (at_ < json_.size() && json_[at_] != '"') at_ += json_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_, json_.size());
    const std::string_view inside = json_.substr(start, at_ - start);
    at_ = std::min(at_ + 1, json_.size());
    return inside;
  }

  /// Goes to the next value, leaving the levels that end before it; nullopt at the end of the text.
  /// Returns the offset of its key.
  std::optional<std::size_t> next_member() {
    while (!levels_.empty()) {
      skip_space();
      if (at_ >= json_.size()) return std::nullopt;
      Level& level = levels_.back();
      pointer_.resize(level.pointer_size);
      if (json_[at_] == '}' || json_[at_] == ']') {
        levels_.pop_back();
        ++at_;
        continue;
      }
      if (json_[at_] == ',') {
        ++at_;
        skip_space();
      }
      return enter_member(level);
    }
    return std::nullopt;
  }

  std::optional<std::size_t> enter_member(Level& level) {
    const std::size_t key = at_;
    if (at_ >= json_.size()) return std::nullopt;
    pointer_ += '/';
    if (!level.is_object) {
      pointer_ += std::to_string(level.count++);
      return key;
    }
    if (json_[at_] != '"') return std::nullopt;
    pointer_ += escape_pointer(unescape(read_string()));
    skip_space();
    if (at_ >= json_.size() || json_[at_] != ':') return std::nullopt;
    ++at_;
    skip_space();
    return key;
  }

  std::string_view json_;
  std::size_t at_ = 0;
  std::vector<Level> levels_;
  std::string pointer_;
};

std::string_view parent_of(std::string_view pointer) noexcept {
  const std::size_t slash = pointer.rfind('/');
  return pointer.substr(0, slash == std::string_view::npos ? 0 : slash);
}

}  // namespace

LineColumn line_column(std::string_view text, std::size_t offset) noexcept {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto breaks = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t last_break = before.rfind('\n');
  const std::string_view line =
      last_break == std::string_view::npos ? before : before.substr(last_break + 1);
  // Every byte but UTF-8 continuation bytes (10xxxxxx) starts a code point.
  const auto characters = static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  return {breaks + 1, characters + 1};
}

std::string escape_pointer(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

void Locator::build() const {
  Walk{json_}.run(
      [this](const std::string& pointer, std::size_t, std::size_t key, std::size_t value) {
        index_.insert_or_assign(pointer, Offsets{key, value});
      });
  index_.try_emplace(std::string{}, Offsets{0, 0});  // an empty text has a root all the same
}

const Locator::Offsets& Locator::find(std::string_view pointer) const {
  if (index_.empty()) build();
  while (true) {
    const auto found = index_.find(std::string{pointer});
    if (found != index_.end()) return found->second;
    pointer = parent_of(pointer);
  }
}

std::size_t Locator::value_offset(std::string_view pointer) const { return find(pointer).value; }

std::size_t Locator::key_offset(std::string_view pointer) const { return find(pointer).key; }

std::vector<DuplicateKey> find_duplicate_keys(std::string_view json) {
  std::vector<DuplicateKey> duplicates;
  // Pointers of a repeated object would repeat for each of its members: only the topmost counts.
  std::unordered_map<std::string, std::size_t> first;
  std::string inside;
  Walk{json}.run([&](const std::string& pointer, std::size_t, std::size_t key, std::size_t) {
    if (!inside.empty() && pointer.starts_with(inside)) return;
    inside.clear();
    const auto [entry, is_new] = first.try_emplace(pointer, key);
    if (is_new) return;
    duplicates.push_back({pointer, key, entry->second});
    inside = pointer + '/';
  });
  return duplicates;
}

}  // namespace pushgate::config
