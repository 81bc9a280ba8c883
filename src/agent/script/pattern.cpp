#include "agent/script/pattern.hpp"

#include <cctype>
#include <string>

namespace pushgate::agent {

namespace {

unsigned char byte(char c) noexcept { return static_cast<unsigned char>(c); }

/// %a, %d and so on; %A is everything else; any other character stands for itself. The program
/// runs in the locale "C", so <cctype> means ASCII.
bool in_class(unsigned char c, unsigned char letter) noexcept {
  bool is = false;
  switch (std::tolower(letter)) {
    case 'a':
      is = std::isalpha(c) != 0;
      break;
    case 'c':
      is = std::iscntrl(c) != 0;
      break;
    case 'd':
      is = std::isdigit(c) != 0;
      break;
    case 'g':
      is = std::isgraph(c) != 0;
      break;
    case 'l':
      is = std::islower(c) != 0;
      break;
    case 'p':
      is = std::ispunct(c) != 0;
      break;
    case 's':
      is = std::isspace(c) != 0;
      break;
    case 'u':
      is = std::isupper(c) != 0;
      break;
    case 'w':
      is = std::isalnum(c) != 0;
      break;
    case 'x':
      is = std::isxdigit(c) != 0;
      break;
    default:
      return letter == c;
  }
  return std::isupper(letter) != 0 ? !is : is;
}

}  // namespace

void PatternMatch::step() {
  if (steps_ == 0) throw PatternTooSlow{};
  --steps_;
}

std::optional<std::size_t> PatternMatch::match_at(std::size_t from) {
  count_ = 0;
  depth_ = 0;
  const std::size_t end = run(from, 0);
  if (end == kNone) return std::nullopt;
  return end;
}

/// Matches the pattern from `item` on at `at`; the end, or kNone.
std::size_t PatternMatch::run(std::size_t at, std::size_t item) {
  // Counted by hand: what unwinds it is an exception, after which nothing is asked any more.
  if (++depth_ > kMaxDepth) throw PatternError{"pattern too complex"};
  std::size_t result = kNone;
  while (at != kNone) {
    step();
    if (item == pattern_.size()) {
      result = at;
      break;
    }
    const char c = pattern_[item];
    if (c == '(' || c == ')') {
      result = c == '(' ? open_capture(at, item + 1) : close_capture(at, item + 1);
      break;
    }
    if (c == '$' && item + 1 == pattern_.size()) {
      result = at == text_.size() ? at : kNone;
      break;
    }
    if (c == '%' && pass_special(at, item)) continue;
    const std::size_t end = end_of_single(item);
    const char suffix = end < pattern_.size() ? pattern_[end] : '\0';
    if (suffix == '*' || suffix == '+') {
      result = longest(at, item, end, suffix == '+' ? 1 : 0);
      break;
    }
    if (suffix == '-') {
      result = shortest(at, item, end);
      break;
    }
    const bool here = fits(at, item, end);
    if (suffix == '?') {
      if (here) result = run(at + 1, end + 1);
      if (result != kNone) break;
      item = end + 1;
    } else {
      at = here ? at + 1 : kNone;
      item = end;
    }
  }
  --depth_;
  return result;
}

/// Goes over %b, %f and %1, which are more or less than one character; false if it is none of them.
bool PatternMatch::pass_special(std::size_t& at, std::size_t& item) {
  const char kind = item + 1 < pattern_.size() ? pattern_[item + 1] : '\0';
  if (kind == 'b') {
    at = balance(at, item + 2);
    item += 4;
    return true;
  }
  if (kind == 'f') {
    if (item + 2 >= pattern_.size() || pattern_[item + 2] != '[') {
      throw PatternError{"missing '[' after '%f' in pattern"};
    }
    const std::size_t set = item + 2;
    item = end_of_single(set);
    if (!at_frontier(at, set, item)) at = kNone;
    return true;
  }
  if (kind < '0' || kind > '9') return false;
  at = same_again(at, kind);
  item += 2;
  return true;
}

std::size_t PatternMatch::open_capture(std::size_t at, std::size_t item) {
  if (count_ >= kMaxCaptures) throw PatternError{"too many captures"};
  const bool position = item < pattern_.size() && pattern_[item] == ')';
  captures_.at(count_) = {at, 0, position, !position};
  ++count_;
  const std::size_t end = run(at, position ? item + 1 : item);
  if (end == kNone) --count_;
  return end;
}

std::size_t PatternMatch::close_capture(std::size_t at, std::size_t item) {
  std::size_t index = count_;
  while (index > 0 && !captures_.at(index - 1).is_open) --index;
  if (index == 0) throw PatternError{"invalid pattern capture"};
  Capture& capture = captures_.at(index - 1);
  capture.size = at - capture.from;
  capture.is_open = false;
  const std::size_t end = run(at, item);
  if (end == kNone) capture.is_open = true;
  return end;
}

/// %bxy: up to the y that belongs to the x here.
std::size_t PatternMatch::balance(std::size_t at, std::size_t item) {
  if (item + 1 >= pattern_.size()) {
    throw PatternError{"malformed pattern (missing arguments to '%b')"};
  }
  if (at >= text_.size() || text_[at] != pattern_[item]) return kNone;
  const char open = pattern_[item];
  const char close = pattern_[item + 1];
  std::size_t level = 1;
  for (std::size_t i = at + 1; i < text_.size(); ++i) {
    step();
    if (text_[i] == close) {
      if (--level == 0) return i + 1;
    } else if (text_[i] == open) {
      ++level;
    }
  }
  return kNone;
}

/// %f[set]: the byte before is not in the set, and this one is; beyond both ends is a zero byte.
bool PatternMatch::at_frontier(std::size_t at, std::size_t set, std::size_t set_end) {
  const char before = at == 0 ? '\0' : text_[at - 1];
  const char here = at < text_.size() ? text_[at] : '\0';
  return !in_set(byte(before), set, set_end) && in_set(byte(here), set, set_end);
}

/// %1 to %9: what that capture has matched.
std::size_t PatternMatch::same_again(std::size_t at, char digit) {
  const auto index = static_cast<std::size_t>(digit - '1');
  if (digit == '0' || index >= count_ || captures_.at(index).is_open) {
    throw PatternError{std::string{"invalid capture index %"} + digit};
  }
  // Lua takes a position for an endless text, which is never there again.
  const Capture& capture = captures_.at(index);
  if (capture.is_position) return kNone;
  const std::string_view captured = text_.substr(capture.from, capture.size);
  return text_.substr(at).starts_with(captured) ? at + captured.size() : kNone;
}

std::size_t PatternMatch::longest(std::size_t at, std::size_t item, std::size_t end,
                                  std::size_t least) {
  std::size_t count = 0;
  while (fits(at + count, item, end)) ++count;
  for (; count + 1 > least; --count) {
    const std::size_t result = run(at + count, end + 1);
    if (result != kNone) return result;
    if (count == 0) break;
  }
  return kNone;
}

std::size_t PatternMatch::shortest(std::size_t at, std::size_t item, std::size_t end) {
  for (;; ++at) {
    const std::size_t result = run(at, end + 1);
    if (result != kNone) return result;
    if (!fits(at, item, end)) return kNone;
  }
}

/// Where the item of one character ends that begins at `item`: "x", "%x" or "[…]".
std::size_t PatternMatch::end_of_single(std::size_t item) const {
  const char c = pattern_[item++];
  if (c == '%') {
    if (item >= pattern_.size()) throw PatternError{"malformed pattern (ends with '%')"};
    return item + 1;
  }
  if (c != '[') return item;
  if (item < pattern_.size() && pattern_[item] == '^') ++item;
  // A "]" in the first place stands for itself.
  for (bool first = true; first || item >= pattern_.size() || pattern_[item] != ']';
       first = false) {
    if (item >= pattern_.size()) throw PatternError{"malformed pattern (missing ']')"};
    item += pattern_[item] == '%' ? 2 : 1;
  }
  return item + 1;
}

bool PatternMatch::fits(std::size_t at, std::size_t item, std::size_t end) {
  step();
  if (at >= text_.size()) return false;
  const unsigned char c = byte(text_[at]);
  switch (pattern_[item]) {
    case '.':
      return true;
    case '%':
      return in_class(c, byte(pattern_[item + 1]));
    case '[':
      return in_set(c, item, end);
    default:
      return byte(pattern_[item]) == c;
  }
}

bool PatternMatch::in_set(unsigned char c, std::size_t item, std::size_t end) const {
  const std::size_t last = end - 1;  // the "]"
  bool found_means = true;
  ++item;
  if (pattern_[item] == '^') {
    found_means = false;
    ++item;
  }
  while (item < last) {
    if (pattern_[item] == '%') {
      if (in_class(c, byte(pattern_[item + 1]))) return found_means;
      item += 2;
    } else if (item + 2 < last && pattern_[item + 1] == '-') {
      if (byte(pattern_[item]) <= c && c <= byte(pattern_[item + 2])) return found_means;
      item += 3;
    } else {
      if (byte(pattern_[item]) == c) return found_means;
      ++item;
    }
  }
  return !found_means;
}

}  // namespace pushgate::agent
