#include "node/json_scanner.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <array>
#include <bit>

#include "pushgate/base/text.hpp"

namespace pushgate::node {

namespace {

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// May stand in a string as it is, and takes one byte.
constexpr bool is_plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

/// The first byte of a string that is not plain.
const char* find_not_plain(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i first_plain = _mm_set1_epi8(0x20);
  for (; end - at >= 16; at += 16) {
    // An unaligned load reads sixteen chars; that is what the intrinsic is for.
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // Compared as signed numbers, so that bytes from 0x80 on are below 0x20 as well.
    const __m128i outside = _mm_cmplt_epi8(block, first_plain);
    const __m128i special =
        _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(outside, special)));
    if (mask != 0) return at + std::countr_zero(mask);
  }
#endif
  while (at != end && is_plain(*at)) ++at;
  return at;
}

/// What is known of an object on the way through it. A name that comes again overrides, as in
/// JSON.parse.
struct ObjectSeen {
  bool is_placeholder;
  bool has_good_number;
};

/// kPlaceholders: look at the names of members too.
template <bool kPlaceholders>
class Scanner {
 public:
  Scanner(std::string_view text, std::size_t attachments) noexcept
      : at_(text.data()), end_(text.data() + text.size()), attachments_(attachments) {}

  JsonScan run() noexcept {
    skip_space();
    const char* const start = at_;
    if (!value()) return failure();
    while (depth_ != 0) {
      if (!after_value()) return failure();
    }
    const std::string_view scanned{start, static_cast<std::size_t>(at_ - start)};
    skip_space();
    if (at_ != end_) return failure();
    return {JsonError::none, scanned, has_bad_placeholder_};
  }

 private:
  JsonScan failure() const noexcept { return {error_, {}, false}; }

  void skip_space() noexcept {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }

  /// A value; of an array or object that is not empty only as much as its first scalar.
  bool value() noexcept {
    for (;;) {
      skip_space();
      if (at_ == end_) return false;
      switch (*at_) {
        case '"':
          return string();
        case '[':
          if (!open(false)) return false;
          if (at_ != end_ && *at_ == ']') return close();
          continue;
        case '{':
          if (!open(true)) return false;
          if (at_ != end_ && *at_ == '}') return close();
          if (!name()) return false;
          continue;
        case 't':
          return literal("true");
        case 'f':
          return literal("false");
        case 'n':
          return literal("null");
        default:
          return number();
      }
    }
  }

  /// After a value within an array or object: the next one, or the end of what it is in.
  bool after_value() noexcept {
    skip_space();
    if (at_ == end_) return false;
    const bool in_object = (kinds_ & 1) != 0;
    if (*at_ == ',') {
      ++at_;
      return (!in_object || name()) && value();
    }
    return *at_ == (in_object ? '}' : ']') && close();
  }

  bool open(bool is_object) noexcept {
    if (depth_ == kMaxJsonDepth) {
      error_ = JsonError::too_deep;
      return false;
    }
    if constexpr (kPlaceholders) seen_[depth_] = {};
    ++depth_;
    kinds_ = kinds_ << 1 | (is_object ? 1 : 0);
    ++at_;
    skip_space();
    return true;
  }

  bool close() noexcept {
    --depth_;
    kinds_ >>= 1;
    ++at_;
    if constexpr (kPlaceholders) {
      const ObjectSeen& seen = seen_[depth_];
      has_bad_placeholder_ |= seen.is_placeholder && !seen.has_good_number;
    }
    return true;
  }

  /// The name of a member and the colon.
  bool name() noexcept {
    skip_space();
    const char* const start = at_;
    if (at_ == end_ || *at_ != '"' || !string()) return false;
    const std::string_view quoted{start, static_cast<std::size_t>(at_ - start)};
    skip_space();
    if (at_ == end_ || *at_ != ':') return false;
    ++at_;
    if constexpr (kPlaceholders) note_member(quoted);
    return true;
  }

  void note_member(std::string_view quoted_name) noexcept {
    skip_space();
    const std::string_view rest{at_, static_cast<std::size_t>(end_ - at_)};
    ObjectSeen& seen = seen_[depth_ - 1];
    if (json_string_equals(quoted_name, "_placeholder")) {
      seen.is_placeholder = rest.starts_with("true");
    } else if (json_string_equals(quoted_name, "num")) {
      seen.has_good_number = begins_with_attachment_number(rest);
    }
  }

  bool begins_with_attachment_number(std::string_view rest) const noexcept {
    std::size_t number = 0;
    std::size_t digits = 0;
    while (digits < rest.size() && is_digit(rest[digits])) {
      number = number * 10 + static_cast<std::size_t>(rest[digits] - '0');
      if (number >= attachments_) return false;
      ++digits;
    }
    // 1.5 and 1e0 go on after the digits.
    return digits != 0 && digits < rest.size() &&
           (is_space(rest[digits]) || rest[digits] == ',' || rest[digits] == '}');
  }

  bool string() noexcept {
    ++at_;
    for (;;) {
      at_ = find_not_plain(at_, end_);
      if (at_ == end_) return false;
      if (*at_ == '"') {
        ++at_;
        return true;
      }
      if (*at_ == '\\' ? !escape() : !character()) return false;
    }
  }

  bool escape() noexcept {
    if (end_ - at_ < 2) return false;
    const char kind = at_[1];
    at_ += 2;
    if (kind != 'u') return std::string_view{"\"\\/bfnrt"}.find(kind) != std::string_view::npos;
    if (end_ - at_ < 4) return false;
    const bool good = is_hex(at_[0]) && is_hex(at_[1]) && is_hex(at_[2]) && is_hex(at_[3]);
    at_ += 4;
    return good;
  }

  /// Characters of three bytes, as in Chinese text: those whose first byte alone says that the
  /// others need only be continuations. False if there is none.
  bool skip_three_byte_run() noexcept {
    const char* const start = at_;
    while (end_ - at_ >= 3) {
      const auto first = static_cast<unsigned char>(at_[0]);
      if (first < 0xe1 || first > 0xef || first == 0xed) break;
      if ((at_[1] & 0xc0) != 0x80 || (at_[2] & 0xc0) != 0x80) break;
      at_ += 3;
    }
    return at_ != start;
  }

  /// A character of several bytes.
  bool character() noexcept {
    const auto byte = static_cast<unsigned char>(*at_);
    if (byte < 0x80) return false;  // a control character
    if (skip_three_byte_run()) return true;
    const std::size_t length = utf8_sequence_length({at_, static_cast<std::size_t>(end_ - at_)});
    at_ += length;
    return length != 0;
  }

  bool literal(std::string_view word) noexcept {
    if (!std::string_view{at_, static_cast<std::size_t>(end_ - at_)}.starts_with(word))
      return false;
    at_ += word.size();
    return true;
  }

  bool digits() noexcept {
    const char* const start = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != start;
  }

  bool number() noexcept {
    if (*at_ == '-') ++at_;
    if (at_ != end_ && *at_ == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ == end_ || (*at_ | 0x20) != 'e') return true;
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    return digits();
  }

  const char* at_;
  const char* end_;
  std::size_t attachments_;
  std::size_t depth_ = 0;
  std::uint64_t kinds_ = 0;  // a bit for each array (0) and object (1) around at_, innermost lowest
  JsonError error_ = JsonError::malformed;
  bool has_bad_placeholder_ = false;
  std::array<ObjectSeen, kPlaceholders ? kMaxJsonDepth : 0> seen_;  // set by open()
  static_assert(kMaxJsonDepth <= 64, "kinds_ has a bit for each level");
};

}  // namespace

JsonScan scan_json(std::string_view text) noexcept { return Scanner<false>{text, 0}.run(); }

JsonScan scan_packet_json(std::string_view text, std::size_t attachments) noexcept {
  return Scanner<true>{text, attachments}.run();
}

JsonError check_json(std::string_view text) noexcept { return scan_json(text).error; }

}  // namespace pushgate::node
