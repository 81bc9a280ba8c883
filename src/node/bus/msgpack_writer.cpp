#include <bit>
#include <cmath>

#include "pushgate/node/bus/msgpack.hpp"
#include "pushgate/node/json_text.hpp"

#include "node/bus/js_text.hpp"

namespace pushgate::node {

namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr double kTwoTo64 = 18446744073709551616.0;

/// Turns JSON text into MessagePack in one pass. The number of elements of an array stands before
/// them in MessagePack and is not known yet, so one byte is kept free for it; more than 15 elements
/// need more, and what follows is moved.
class JsonToMsgpack {
 public:
  JsonToMsgpack(std::string_view text, std::span<const std::string> attachments, std::string& out)
      : text_(text), attachments_(attachments), out_(out), writer_(out) {}

  bool run() {
    if (!value(0)) return false;
    skip_space();
    return at_ == text_.size();
  }

 private:
  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() noexcept {
    while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') ++at_;
  }
  bool take(char c) noexcept {
    skip_space();
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) noexcept {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool value(std::size_t depth) {
    skip_space();
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      case 't':
        writer_.boolean(true);
        return take("true");
      case 'f':
        writer_.boolean(false);
        return take("false");
      case 'n':
        writer_.nil();
        return take("null");
      default:
        return number();
    }
  }

  bool array(std::size_t depth) {
    if (depth == kMaxJsonDepth) return false;
    ++at_;
    const std::size_t header = out_.size();
    out_ += '\0';
    std::size_t count = 0;
    if (!take(']')) {
      do {
        if (!value(depth + 1)) return false;
        ++count;
      } while (take(','));
      if (!take(']')) return false;
    }
    return fill_in(header, count, 0x90, 0xdc);
  }

  bool object(std::size_t depth) {
    if (depth == kMaxJsonDepth) return false;
    if (!attachments_.empty() && placeholder()) return attachment();
    ++at_;
    const std::size_t header = out_.size();
    out_ += '\0';
    std::size_t count = 0;
    if (!take('}')) {
      do {
        skip_space();
        if (!string() || !take(':') || !value(depth + 1)) return false;
        ++count;
      } while (take(','));
      if (!take('}')) return false;
    }
    return fill_in(header, count, 0x80, 0xde);
  }

  bool fill_in(std::size_t header, std::size_t count, unsigned fix, unsigned code16) {
    if (count < 16) {
      out_[header] = static_cast<char>(fix | count);
      return true;
    }
    const bool wide = count > 0xffff;
    const std::size_t bytes = wide ? 4 : 2;
    out_.insert(header + 1, bytes, '\0');
    out_[header] = static_cast<char>(code16 + (wide ? 1 : 0));
    for (std::size_t i = 0; i < bytes; ++i) {
      out_[header + bytes - i] = static_cast<char>(count >> (8 * i));
    }
    return true;
  }

  /// Is the object at the cursor {"_placeholder":true,"num":k} (in either order)? Then `number_` is
  /// k and the cursor behind it; else the cursor stays.
  bool placeholder() {
    const std::size_t start = at_;
    bool marked = false;
    bool numbered = false;
    ++at_;
    do {
      skip_space();
      if (!marked && take(R"("_placeholder")")) {
        if (!take(':')) break;
        skip_space();
        marked = take("true");
        if (!marked) break;
      } else if (!numbered && take(R"("num")")) {
        if (!take(':')) break;
        skip_space();
        number_ = parse_js_number(number_text());
        numbered = true;
      } else {
        break;
      }
    } while (take(','));
    if (marked && numbered && take('}')) return true;
    at_ = start;
    return false;
  }

  bool attachment() {
    if (!(number_ >= 0 && number_ < static_cast<double>(attachments_.size()))) return false;
    if (number_ != std::floor(number_)) return false;
    writer_.binary(attachments_[static_cast<std::size_t>(number_)]);
    return true;
  }

  bool string() {
    const std::size_t start = at_;
    if (peek() != '"') return false;
    bool escaped = false;
    for (++at_; peek() != '"'; ++at_) {
      if (at_ >= text_.size()) return false;
      if (text_[at_] == '\\') {
        escaped = true;
        ++at_;
      }
    }
    ++at_;
    const std::string_view quoted = text_.substr(start, at_ - start);
    if (!escaped) {
      writer_.string(quoted.substr(1, quoted.size() - 2));
      return true;
    }
    const std::optional<std::string> plain = decode_json_string(quoted);
    if (!plain) return false;
    writer_.string(*plain);
    return true;
  }

  std::string_view number_text() noexcept {
    const std::size_t start = at_;
    while (at_ < text_.size() &&
           std::string_view{"+-.0123456789Ee"}.find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  bool number() {
    const std::string_view digits = number_text();
    if (digits.empty()) return false;
    writer_.number(parse_js_number(digits));
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::span<const std::string> attachments_;
  double number_ = 0;
  std::string& out_;
  MsgpackWriter writer_;
};

}  // namespace

void MsgpackWriter::big_endian(std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    byte(static_cast<unsigned>(value >> shift & 0xff));
  }
}

void MsgpackWriter::unsigned_integer(std::uint64_t value) {
  if (value < 0x80) return byte(static_cast<unsigned>(value));
  const int width = value < 0x100 ? 0 : value < 0x10000 ? 1 : value < 0x100000000 ? 2 : 3;
  byte(0xccu + static_cast<unsigned>(width));
  big_endian(value, 1 << width);
}

void MsgpackWriter::number(double value) {
  const bool whole = std::floor(value) == value;  // false for NaN
  if (whole && value >= 0 && value < kTwoTo64) {
    return unsigned_integer(static_cast<std::uint64_t>(value));
  }
  if (!whole || !(value >= -kTwoTo63 && value < 0)) {
    byte(0xcb);
    return big_endian(std::bit_cast<std::uint64_t>(value), 8);
  }
  const auto negative = static_cast<std::int64_t>(value);
  if (negative >= -0x20) return byte(static_cast<unsigned>(negative & 0xff));
  const int width = negative >= -0x80           ? 0
                    : negative >= -0x8000       ? 1
                    : negative >= -0x80000000LL ? 2
                                                : 3;
  byte(0xd0u + static_cast<unsigned>(width));
  big_endian(static_cast<std::uint64_t>(negative), 1 << width);
}

void MsgpackWriter::length(std::size_t n, unsigned code8, unsigned code16, unsigned code32) {
  if (code8 != 0 && n < 0x100) {
    byte(code8);
    return big_endian(n, 1);
  }
  byte(n < 0x10000 ? code16 : code32);
  big_endian(n, n < 0x10000 ? 2 : 4);
}

void MsgpackWriter::string(std::string_view text) {
  if (text.size() < 0x20) {
    byte(0xa0u | static_cast<unsigned>(text.size()));
  } else {
    length(text.size(), 0xd9, 0xda, 0xdb);
  }
  out_ += text;
}

void MsgpackWriter::binary(std::string_view bytes) {
  length(bytes.size(), 0xc4, 0xc5, 0xc6);
  out_ += bytes;
}

void MsgpackWriter::array(std::size_t count) {
  if (count < 16) return byte(0x90u | static_cast<unsigned>(count));
  length(count, 0, 0xdc, 0xdd);
}

void MsgpackWriter::map(std::size_t count) {
  if (count < 16) return byte(0x80u | static_cast<unsigned>(count));
  length(count, 0, 0xde, 0xdf);
}

bool MsgpackWriter::json(std::string_view text, std::span<const std::string> attachments) {
  return JsonToMsgpack{text, attachments, out_}.run();
}

std::optional<std::string> msgpack_from_json(std::string_view text,
                                             std::span<const std::string> attachments) {
  std::string out;
  out.reserve(text.size());
  if (!MsgpackWriter{out}.json(text, attachments)) return std::nullopt;
  return out;
}

}  // namespace pushgate::node
