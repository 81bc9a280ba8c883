#include <bit>

#include <fmt/format.h>

#include "pushgate/base/text.hpp"
#include "pushgate/node/bus/msgpack.hpp"
#include "pushgate/node/json_text.hpp"

#include "node/bus/js_text.hpp"

namespace pushgate::node {

namespace {

constexpr int kTimestamp = -1;
constexpr int kLegacy = 0;  ///< what notepack.io 2.x used for everything that it had no code for

double signed_number(std::uint64_t bits, int bytes) noexcept {
  const int unused = 64 - bytes * 8;
  return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
}

std::uint64_t read_big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

/// The timestamp extension, in milliseconds as the nodes compute them.
std::optional<double> timestamp_ms(std::string_view bytes) noexcept {
  if (bytes.size() == 4) return static_cast<double>(read_big_endian(bytes)) * 1e3;
  if (bytes.size() == 8) {
    const std::uint64_t both = read_big_endian(bytes);
    const auto seconds = static_cast<double>(both & 0x3ffffffffULL);
    return seconds * 1e3 + static_cast<double>(both >> 34) / 1e6;
  }
  if (bytes.size() == 12) {
    const double seconds = signed_number(read_big_endian(bytes.substr(4)), 8);
    return seconds * 1e3 + static_cast<double>(read_big_endian(bytes.substr(0, 4))) / 1e6;
  }
  return std::nullopt;
}

void append_attachment(std::string& json, std::vector<std::string>& attachments,
                       std::string_view bytes) {
  fmt::format_to(std::back_inserter(json), R"({{"_placeholder":true,"num":{}}})",
                 attachments.size());
  attachments.emplace_back(bytes);
}

MsgpackKind kind_of_high_code(unsigned code) noexcept {
  switch (code) {
    case 0xc0:
      return MsgpackKind::nil;
    case 0xc2:
    case 0xc3:
      return MsgpackKind::boolean;
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return MsgpackKind::binary;
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return MsgpackKind::extension;
    case 0xdc:
    case 0xdd:
      return MsgpackKind::array;
    case 0xde:
    case 0xdf:
      return MsgpackKind::map;
    default:
      break;
  }
  if (code >= 0xca && code <= 0xd3) return MsgpackKind::number;
  if (code >= 0xd4 && code <= 0xd8) return MsgpackKind::extension;
  if (code >= 0xd9 && code <= 0xdb) return MsgpackKind::string;
  return MsgpackKind::none;  // c1
}

}  // namespace

MsgpackKind MsgpackReader::kind() const noexcept {
  if (at_end()) return MsgpackKind::none;
  const unsigned code = static_cast<unsigned char>(bytes_[at_]);
  if (code < 0x80 || code >= 0xe0) return MsgpackKind::number;
  if (code < 0x90) return MsgpackKind::map;
  if (code < 0xa0) return MsgpackKind::array;
  if (code < 0xc0) return MsgpackKind::string;
  return kind_of_high_code(code);
}

std::optional<std::uint64_t> MsgpackReader::big_endian(std::size_t offset,
                                                       int bytes) const noexcept {
  const auto count = static_cast<std::size_t>(bytes);
  if (left() < offset + count) return std::nullopt;
  return read_big_endian(bytes_.substr(at_ + offset, count));
}

std::optional<std::size_t> MsgpackReader::container(unsigned fix, unsigned fix_mask,
                                                    unsigned code16) noexcept {
  if (at_end()) return std::nullopt;
  const unsigned code = static_cast<unsigned char>(bytes_[at_]);
  std::uint64_t count = code & 0xfu;
  std::size_t header = 1;
  if ((code & fix_mask) != fix) {
    if (code != code16 && code != code16 + 1) return std::nullopt;
    const int width = code == code16 ? 2 : 4;
    const auto read = big_endian(1, width);
    if (!read) return std::nullopt;
    count = *read;
    header += static_cast<std::size_t>(width);
  }
  if (count > left() - header) return std::nullopt;  // each element has at least one byte
  at_ += header;
  return static_cast<std::size_t>(count);
}

std::optional<std::size_t> MsgpackReader::array() noexcept { return container(0x90, 0xf0, 0xdc); }

std::optional<std::size_t> MsgpackReader::map() noexcept { return container(0x80, 0xf0, 0xde); }

std::optional<std::string_view> MsgpackReader::payload(std::size_t header,
                                                       std::uint64_t size) noexcept {
  if (left() < header || left() - header < size) return std::nullopt;
  const std::string_view found = bytes_.substr(at_ + header, static_cast<std::size_t>(size));
  at_ += header + found.size();
  return found;
}

std::optional<std::string_view> MsgpackReader::string() noexcept {
  if (kind() != MsgpackKind::string) return std::nullopt;
  const unsigned code = static_cast<unsigned char>(bytes_[at_]);
  if (code < 0xc0) return payload(1, code & 0x1fu);
  const int width = 1 << (code - 0xd9);
  const auto size = big_endian(1, width);
  if (!size) return std::nullopt;
  return payload(1 + static_cast<std::size_t>(width), *size);
}

std::optional<std::string_view> MsgpackReader::binary() noexcept {
  if (kind() != MsgpackKind::binary) return std::nullopt;
  const int width = 1 << (static_cast<unsigned char>(bytes_[at_]) - 0xc4);
  const auto size = big_endian(1, width);
  if (!size) return std::nullopt;
  return payload(1 + static_cast<std::size_t>(width), *size);
}

std::optional<MsgpackReader::Extension> MsgpackReader::extension() noexcept {
  if (kind() != MsgpackKind::extension) return std::nullopt;
  const unsigned code = static_cast<unsigned char>(bytes_[at_]);
  std::size_t width = 0;
  std::uint64_t size = 0;
  if (code >= 0xd4) {
    size = 1ULL << (code - 0xd4);
  } else {
    width = std::size_t{1} << (code - 0xc7);
    const auto read = big_endian(1, static_cast<int>(width));
    if (!read) return std::nullopt;
    size = *read;
  }
  if (left() < 2 + width) return std::nullopt;
  const auto type = static_cast<std::int8_t>(bytes_[at_ + 1 + width]);
  const auto bytes = payload(2 + width, size);
  if (!bytes) return std::nullopt;
  return Extension{type, width == 0, *bytes};
}

std::optional<bool> MsgpackReader::boolean() noexcept {
  if (kind() != MsgpackKind::boolean) return std::nullopt;
  return static_cast<unsigned char>(bytes_[at_++]) == 0xc3;
}

std::optional<double> MsgpackReader::number() noexcept {
  if (kind() != MsgpackKind::number) return std::nullopt;
  const unsigned code = static_cast<unsigned char>(bytes_[at_]);
  if (code < 0x80 || code >= 0xe0) {
    return static_cast<double>(static_cast<signed char>(bytes_[at_++]));
  }
  const int width = code == 0xca ? 4 : code == 0xcb ? 8 : 1 << ((code - 0xcc) & 3u);
  const auto bits = big_endian(1, width);
  if (!bits) return std::nullopt;
  at_ += 1 + static_cast<std::size_t>(width);
  if (code == 0xca) return std::bit_cast<float>(static_cast<std::uint32_t>(*bits));
  if (code == 0xcb) return std::bit_cast<double>(*bits);
  return code < 0xd0 ? static_cast<double>(*bits) : signed_number(*bits, width);
}

bool MsgpackReader::skip_value(std::size_t depth) noexcept {
  switch (kind()) {
    case MsgpackKind::none:
      return false;
    case MsgpackKind::nil:
    case MsgpackKind::boolean:
      ++at_;
      return true;
    case MsgpackKind::number:
      return number().has_value();
    case MsgpackKind::string:
      return string().has_value();
    case MsgpackKind::binary:
      return binary().has_value();
    case MsgpackKind::extension:
      return extension().has_value();
    case MsgpackKind::array:
    case MsgpackKind::map:
      break;
  }
  const bool pairs = kind() == MsgpackKind::map;
  const auto count = pairs ? map() : array();
  if (!count || depth == kMaxJsonDepth) return false;
  for (std::size_t i = 0; i < *count; ++i) {
    if (pairs && !skip_value(depth + 1)) return false;
    if (!skip_value(depth + 1)) return false;
  }
  return true;
}

std::optional<std::string_view> MsgpackReader::skip() noexcept {
  const std::size_t start = at_;
  if (skip_value(0)) return bytes_.substr(start, at_ - start);
  at_ = start;
  return std::nullopt;
}

bool MsgpackReader::number_to_json(std::string& json) {
  const unsigned code = static_cast<unsigned char>(bytes_[at_]);
  const bool wide = code == 0xcf || code == 0xd3;  // may be more than a double can hold
  const auto bits = wide ? big_endian(1, 8) : std::nullopt;
  const auto value = number();
  if (!value) return false;
  if (!wide) {
    append_js_number(json, *value);
  } else if (code == 0xcf) {
    fmt::format_to(std::back_inserter(json), "{}", *bits);
  } else {
    fmt::format_to(std::back_inserter(json), "{}", static_cast<std::int64_t>(*bits));
  }
  return true;
}

bool MsgpackReader::extension_to_json(std::string& json, std::vector<std::string>& attachments) {
  const auto found = extension();
  if (!found) return false;
  if (found->type == kTimestamp) {
    const auto ms = timestamp_ms(found->bytes);
    if (!ms) return false;
    append_js_date(json, *ms);
    return true;
  }
  if (found->type != kLegacy) return false;
  if (!found->fixed) {
    append_attachment(json, attachments, found->bytes);
  } else if (found->bytes.size() == 1) {
    json += "null";  // undefined
  } else if (found->bytes.size() == 8) {
    append_js_date(json, signed_number(read_big_endian(found->bytes), 8));
  } else {
    return false;
  }
  return true;
}

bool MsgpackReader::key_to_json(std::string& json) {
  json += '"';
  std::vector<std::string> none;
  switch (kind()) {
    case MsgpackKind::string:
    case MsgpackKind::binary: {
      const auto text = kind() == MsgpackKind::string ? string() : binary();
      if (!text) return false;
      append_json_escaped(json, *text);
      break;
    }
    case MsgpackKind::nil:
    case MsgpackKind::boolean:
    case MsgpackKind::number:
      if (!value_to_json(json, none, 0)) return false;
      break;
    default:
      return false;
  }
  json += "\":";
  return true;
}

bool MsgpackReader::map_to_json(std::string& json, std::vector<std::string>& attachments,
                                std::size_t depth) {
  const auto count = map();
  if (!count || depth == kMaxJsonDepth) return false;
  json += '{';
  for (std::size_t i = 0; i < *count; ++i) {
    if (i != 0) json += ',';
    if (!key_to_json(json) || !value_to_json(json, attachments, depth + 1)) return false;
  }
  json += '}';
  return true;
}

bool MsgpackReader::value_to_json(std::string& json, std::vector<std::string>& attachments,
                                  std::size_t depth) {
  switch (kind()) {
    case MsgpackKind::none:
      return false;
    case MsgpackKind::nil:
      ++at_;
      json += "null";
      return true;
    case MsgpackKind::boolean:
      json += *boolean() ? "true" : "false";
      return true;
    case MsgpackKind::number:
      return number_to_json(json);
    case MsgpackKind::string: {
      const auto text = string();
      if (!text) return false;
      append_json_string(json, *text);
      return true;
    }
    case MsgpackKind::binary: {
      const auto bytes = binary();
      if (!bytes) return false;
      append_attachment(json, attachments, *bytes);
      return true;
    }
    case MsgpackKind::extension:
      return extension_to_json(json, attachments);
    case MsgpackKind::map:
      return map_to_json(json, attachments, depth);
    case MsgpackKind::array:
      break;
  }
  const auto count = array();
  if (!count || depth == kMaxJsonDepth) return false;
  json += '[';
  for (std::size_t i = 0; i < *count; ++i) {
    if (i != 0) json += ',';
    if (!value_to_json(json, attachments, depth + 1)) return false;
  }
  json += ']';
  return true;
}

bool MsgpackReader::to_json(std::string& json, std::vector<std::string>& attachments) {
  return value_to_json(json, attachments, 0);
}

std::optional<JsonWithAttachments> json_from_msgpack(std::string_view bytes) {
  MsgpackReader reader{bytes};
  JsonWithAttachments out;
  out.json.reserve(bytes.size() + bytes.size() / 4);
  if (!reader.to_json(out.json, out.attachments) || !reader.at_end()) return std::nullopt;
  return out;
}

}  // namespace pushgate::node
