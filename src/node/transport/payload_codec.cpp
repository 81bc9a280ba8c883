#include "pushgate/node/transport/payload_codec.hpp"

#include <algorithm>

#include "pushgate/base/base64.hpp"
#include "pushgate/base/text.hpp"

namespace pushgate::node {

namespace {

constexpr char kSeparator = '\x1e';
constexpr char kTextMark = 0;
constexpr char kBinaryMark = 1;
constexpr char kLengthEnd = '\xff';

/// The length of one packet is less than that of a body, which is less than 10^18.
constexpr std::size_t kMaxLengthDigits = 18;

/// Takes a number of digits from `zero` up to `zero` + 9, and then `end`. False if it is anything
/// else.
bool take_length(std::string_view& text, char zero, char end, std::size_t& length) noexcept {
  length = 0;
  for (std::size_t i = 0; i < text.size() && i <= kMaxLengthDigits; ++i) {
    if (text[i] == end) {
      text.remove_prefix(i + 1);
      return i != 0;
    }
    const int digit = text[i] - zero;
    if (digit < 0 || digit > 9) return false;
    length = length * 10 + static_cast<std::size_t>(digit);
  }
  return false;
}

/// The first `units` UTF-16 units of `text`, or nullopt if it has fewer, is not UTF-8, or if the
/// end would be within a character.
std::optional<std::string_view> first_units(std::string_view text, std::size_t units) noexcept {
  std::size_t bytes = 0;
  while (units != 0) {
    if (bytes == text.size()) return std::nullopt;
    const std::size_t length = utf8_sequence_length(text.substr(bytes));
    const std::size_t taken = length == 4 ? 2 : 1;
    if (length == 0 || taken > units) return std::nullopt;
    bytes += length;
    units -= taken;
  }
  return text.substr(0, bytes);
}

void append_length_bytes(std::string& out, std::size_t length) {
  for (const char digit : std::to_string(length)) out += static_cast<char>(digit - '0');
  out += kLengthEnd;
}

}  // namespace

PayloadForm reply_form(EngineVersion version, bool has_binary, bool base64_only) noexcept {
  if (version == EngineVersion::v4) return PayloadForm::v4_text;
  return has_binary && !base64_only ? PayloadForm::v3_binary : PayloadForm::v3_text;
}

std::string_view content_type_of(PayloadForm form) noexcept {
  return form == PayloadForm::v3_binary ? "application/octet-stream" : "text/plain; charset=UTF-8";
}

PayloadReader::PayloadReader(PayloadForm form, std::string_view body) noexcept
    : form_(form), rest_(body) {}

PayloadReader::Step PayloadReader::next(EnginePacket& out) {
  if (at_end_) return Step::end;
  switch (form_) {
    case PayloadForm::v4_text:
      return next_v4(out);
    case PayloadForm::v3_text:
      return next_v3_text(out);
    case PayloadForm::v3_binary:
      return next_v3_binary(out);
  }
  return Step::malformed;
}

PayloadReader::Step PayloadReader::next_v4(EnginePacket& out) {
  const std::size_t end = std::min(rest_.find(kSeparator), rest_.size());
  const std::string_view packet = rest_.substr(0, end);
  at_end_ = end == rest_.size();
  if (!at_end_) rest_.remove_prefix(end + 1);
  return decode_text_packet(EngineVersion::v4, packet, out) ? Step::packet : Step::malformed;
}

PayloadReader::Step PayloadReader::next_v3_text(EnginePacket& out) {
  // A packet of no length is what an empty payload looks like.
  for (;;) {
    std::size_t length = 0;
    if (!take_length(rest_, '0', ':', length)) return Step::malformed;
    const std::optional<std::string_view> packet = first_units(rest_, length);
    if (!packet) return Step::malformed;
    rest_.remove_prefix(packet->size());
    at_end_ = rest_.empty();
    if (packet->empty()) {
      if (at_end_) return Step::end;
      continue;
    }
    return decode_text_packet(EngineVersion::v3, *packet, out) ? Step::packet : Step::malformed;
  }
}

PayloadReader::Step PayloadReader::next_v3_binary(EnginePacket& out) {
  const char mark = rest_.empty() ? '\x7f' : rest_.front();
  if (mark != kTextMark && mark != kBinaryMark) return Step::malformed;
  rest_.remove_prefix(1);
  std::size_t length = 0;
  if (!take_length(rest_, 0, kLengthEnd, length) || length > rest_.size()) return Step::malformed;
  const std::string_view packet = rest_.substr(0, length);
  rest_.remove_prefix(length);
  at_end_ = rest_.empty();
  if (mark == kTextMark) {
    const bool good = is_valid_utf8(packet) && decode_text_packet(EngineVersion::v3, packet, out);
    return good ? Step::packet : Step::malformed;
  }
  const std::optional<std::string_view> bytes = decode_binary_packet(EngineVersion::v3, packet);
  if (!bytes) return Step::malformed;
  out.type = EnginePacketType::message;
  out.is_binary = true;
  out.text = {};
  out.bytes = *bytes;
  return Step::packet;
}

void append_payload_text(std::string& out, PayloadForm form, std::string_view packet) {
  switch (form) {
    case PayloadForm::v4_text:
      if (!out.empty()) out += kSeparator;
      break;
    case PayloadForm::v3_text:
      out += std::to_string(utf16_length(packet));
      out += ':';
      break;
    case PayloadForm::v3_binary:
      out += kTextMark;
      append_length_bytes(out, packet.size());
      break;
  }
  out += packet;
}

void append_payload_binary(std::string& out, PayloadForm form, std::string_view bytes) {
  switch (form) {
    case PayloadForm::v4_text:
      if (!out.empty()) out += kSeparator;
      out += 'b';
      append_base64(out, bytes);
      break;
    case PayloadForm::v3_text:
      out += std::to_string(2 + base64_size(bytes.size()));
      out += ":b4";
      append_base64(out, bytes);
      break;
    case PayloadForm::v3_binary:
      out += kBinaryMark;
      append_length_bytes(out, bytes.size() + 1);
      append_binary_packet(out, EngineVersion::v3, bytes);
      break;
  }
}

std::size_t utf16_length(std::string_view utf8) noexcept {
  std::size_t units = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xc0) != 0x80;  // the first byte of a character
    units += byte >= 0xf0;           // a character outside of the basic plane
  }
  return units;
}

}  // namespace pushgate::node
