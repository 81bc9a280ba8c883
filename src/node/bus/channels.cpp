#include "node/bus/channels.hpp"

#include <cstdint>
#include <cstdlib>

#include <fmt/format.h>

namespace pushgate::node {

namespace {

/// Calls `visit` with each UTF-16 unit of `text`; bytes that are not UTF-8 count as one unit each.
template <class Visit>
void for_each_utf16_unit(std::string_view text, Visit visit) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) -> std::uint32_t {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
    };
    const std::uint32_t first = byte(i);
    if (first < 0xc0) {
      visit(first);
      i += 1;
    } else if (first < 0xe0) {
      visit((first & 0x1f) << 6 | (byte(i + 1) & 0x3f));
      i += 2;
    } else if (first < 0xf0) {
      visit((first & 0xf) << 12 | (byte(i + 1) & 0x3f) << 6 | (byte(i + 2) & 0x3f));
      i += 3;
    } else {
      const std::uint32_t point = (first & 7) << 18 | (byte(i + 1) & 0x3f) << 12 |
                                  (byte(i + 2) & 0x3f) << 6 | (byte(i + 3) & 0x3f);
      visit(0xd800 + ((point - 0x10000) >> 10));
      visit(0xdc00 + ((point - 0x10000) & 0x3ff));
      i += 4;
    }
  }
}

std::int32_t hash31(std::string_view text) {
  std::uint32_t hash = 0;
  for_each_utf16_unit(text, [&](std::uint32_t unit) { hash = hash * 31 + unit; });
  return static_cast<std::int32_t>(hash);
}

}  // namespace

std::string namespace_channel(std::string_view prefix, std::string_view nsp) {
  return fmt::format("{}#{}#", prefix, nsp);
}

std::string room_channel(std::string_view prefix, std::string_view nsp, std::string_view room) {
  return fmt::format("{}#{}#{}#", prefix, nsp, room);
}

std::string namespace_pattern(std::string_view prefix, std::string_view nsp) {
  std::string pattern;
  for (const char c : namespace_channel(prefix, nsp)) {
    if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '*';
}

std::string request_channel(std::string_view prefix, std::string_view nsp) {
  return fmt::format("{}-request#{}#", prefix, nsp);
}

std::string response_channel(std::string_view prefix, std::string_view nsp) {
  return fmt::format("{}-response#{}#", prefix, nsp);
}

std::string response_channel(std::string_view prefix, std::string_view nsp, std::string_view uid) {
  return fmt::format("{}-response#{}#{}#", prefix, nsp, uid);
}

std::optional<std::string_view> room_in_channel(std::string_view channel,
                                                std::string_view base) noexcept {
  if (!channel.starts_with(base)) return std::nullopt;
  channel.remove_prefix(base.size());
  if (channel.empty()) return channel;
  if (channel.back() != '#' || channel.size() == 1) return std::nullopt;
  channel.remove_suffix(1);
  return channel;
}

bool looks_like_socket_id(std::string_view room) noexcept {
  std::size_t units = 0;
  for_each_utf16_unit(room, [&](std::uint32_t) { ++units; });
  return units == 20;
}

std::string stream_name(std::string_view base, std::string_view nsp, std::size_t count) {
  if (count <= 1) return std::string{base};
  const auto streams = static_cast<std::int64_t>(count);
  return fmt::format("{}-{}", base, std::abs(hash31(nsp) % streams));
}

}  // namespace pushgate::node
