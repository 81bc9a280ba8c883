#include "pushgate/net/proxy_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace pushgate::net {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kV1Signature = "PROXY "sv;
constexpr std::string_view kV2Signature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t kV2FixedBytes = 16;  // signature, version and command, family, length

constexpr ProxyHeader bad() noexcept { return {ProxyHeaderStatus::bad, 0, {}, {}}; }
constexpr ProxyHeader need_more() noexcept { return {}; }
ProxyHeader without_addresses(std::size_t header_bytes) noexcept {
  return {ProxyHeaderStatus::done, header_bytes, {}, {}};
}

/// True if `bytes` begins with `signature`, or is too short to tell.
constexpr bool may_begin_with(std::string_view bytes, std::string_view signature) noexcept {
  const std::size_t length = std::min(bytes.size(), signature.size());
  return bytes.substr(0, length) == signature.substr(0, length);
}

// ---- version 1
// -----------------------------------------------------------------------------------

/// Takes the text up to the next space off `rest`, and the space with it.
constexpr std::string_view take_word(std::string_view& rest) noexcept {
  const std::size_t space = rest.find(' ');
  const std::string_view word = rest.substr(0, space);
  rest = space == rest.npos ? std::string_view{} : rest.substr(space + 1);
  return word;
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint16_t port = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, port);
  if (error != std::errc{} || end != last) return std::nullopt;
  return port;
}

/// An address in the spelling of the stated family. An IPv4-mapped address may stand under TCP6: it
/// is what a dual-stack balancer writes.
std::optional<IpAddress> parse_address(std::string_view text, bool v6) noexcept {
  if ((text.find(':') != text.npos) != v6) return std::nullopt;
  return IpAddress::parse(text);
}

/// `line` is the header without its CR LF.
ProxyHeader parse_v1_line(std::string_view line) noexcept {
  const std::size_t header_bytes = line.size() + 2;
  std::string_view rest = line.substr(kV1Signature.size());
  // Whatever follows UNKNOWN is to be ignored.
  if (rest == "UNKNOWN" || rest.starts_with("UNKNOWN ")) return without_addresses(header_bytes);

  const std::string_view family = take_word(rest);
  if (family != "TCP4" && family != "TCP6") return bad();
  const bool v6 = family == "TCP6";
  const std::optional<IpAddress> source = parse_address(take_word(rest), v6);
  const std::optional<IpAddress> destination = parse_address(take_word(rest), v6);
  const std::optional<std::uint16_t> source_port = parse_port(take_word(rest));
  // The last word is all that is left, so that a trailing space makes it no number.
  const std::optional<std::uint16_t> destination_port = parse_port(rest);
  if (!source || !destination || !source_port || !destination_port) return bad();
  return {ProxyHeaderStatus::done, header_bytes, Endpoint{*source, *source_port},
          Endpoint{*destination, *destination_port}};
}

ProxyHeader parse_v1(std::string_view bytes) noexcept {
  const std::size_t line_feed = bytes.substr(0, kMaxProxyV1Bytes).find('\n');
  if (line_feed == bytes.npos) return bytes.size() < kMaxProxyV1Bytes ? need_more() : bad();
  const std::string_view line = bytes.substr(0, line_feed);
  if (line.find('\r') + 1 != line.size()) return bad();
  return parse_v1_line(line.substr(0, line.size() - 1));
}

// ---- version 2
// -----------------------------------------------------------------------------------

std::uint16_t read_u16(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                                    static_cast<unsigned char>(bytes[at + 1]));
}

template <std::size_t Size>
std::array<std::uint8_t, Size> read_bytes(std::string_view bytes, std::size_t at) noexcept {
  std::array<std::uint8_t, Size> out{};
  std::memcpy(out.data(), bytes.data() + at, Size);
  return out;
}

enum class Family : std::uint8_t { unspecified, inet, inet6, unix_socket };

/// The combined family and transport byte; nullopt for the values that are not assigned.
std::optional<Family> family_of(unsigned char byte) noexcept {
  switch (byte) {
    case 0x00:
      return Family::unspecified;
    case 0x11:
    case 0x12:
      return Family::inet;
    case 0x21:
    case 0x22:
      return Family::inet6;
    case 0x31:
    case 0x32:
      return Family::unix_socket;
    default:
      return std::nullopt;
  }
}

constexpr std::size_t address_bytes(Family family) noexcept {
  switch (family) {
    case Family::inet:
      return 12;
    case Family::inet6:
      return 36;
    case Family::unix_socket:
      return 216;
    case Family::unspecified:
      break;
  }
  return 0;
}

/// True if `tlvs` is a row of type, two bytes of length, and that many bytes.
bool tlvs_fit(std::string_view tlvs) noexcept {
  while (!tlvs.empty()) {
    if (tlvs.size() < 3) return false;
    const std::size_t length = 3u + read_u16(tlvs, 1);
    if (length > tlvs.size()) return false;
    tlvs.remove_prefix(length);
  }
  return true;
}

/// The block behind the fixed part, complete.
ProxyHeader parse_v2_block(std::string_view block, Family family) noexcept {
  const std::size_t header_bytes = kV2FixedBytes + block.size();
  // Without a family nobody can say where addresses end and TLVs begin.
  if (family == Family::unspecified) return without_addresses(header_bytes);
  if (!tlvs_fit(block.substr(address_bytes(family)))) return bad();
  ProxyHeader header = without_addresses(header_bytes);
  if (family == Family::inet) {
    header.source = Endpoint{IpAddress::v4(read_bytes<4>(block, 0)), read_u16(block, 8)};
    header.destination = Endpoint{IpAddress::v4(read_bytes<4>(block, 4)), read_u16(block, 10)};
  } else if (family == Family::inet6) {
    header.source = Endpoint{IpAddress::v6(read_bytes<16>(block, 0)), read_u16(block, 32)};
    header.destination = Endpoint{IpAddress::v6(read_bytes<16>(block, 16)), read_u16(block, 34)};
  }
  return header;
}

ProxyHeader parse_v2(std::string_view bytes, std::size_t max_bytes) noexcept {
  constexpr unsigned char kLocal = 0x20;
  constexpr unsigned char kProxy = 0x21;
  if (bytes.size() < 13) return need_more();
  const auto command = static_cast<unsigned char>(bytes[12]);
  if (command != kLocal && command != kProxy) return bad();
  if (bytes.size() < 14) return need_more();
  // The family of a LOCAL header is to be ignored, even one that is not assigned.
  const std::optional<Family> family =
      command == kLocal ? Family::unspecified : family_of(static_cast<unsigned char>(bytes[13]));
  if (!family) return bad();
  if (bytes.size() < kV2FixedBytes) return need_more();
  const std::size_t block_bytes = read_u16(bytes, 14);
  if (kV2FixedBytes + block_bytes > max_bytes || block_bytes < address_bytes(*family)) return bad();
  if (bytes.size() < kV2FixedBytes + block_bytes) return need_more();
  return parse_v2_block(bytes.substr(kV2FixedBytes, block_bytes), *family);
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view bytes, std::size_t max_v2_bytes) noexcept {
  if (bytes.empty()) return need_more();
  if (may_begin_with(bytes, kV1Signature)) {
    return bytes.size() < kV1Signature.size() ? need_more() : parse_v1(bytes);
  }
  if (may_begin_with(bytes, kV2Signature)) return parse_v2(bytes, max_v2_bytes);
  return bad();
}

}  // namespace pushgate::net
