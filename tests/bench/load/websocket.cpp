// websocket.cpp - as much of RFC 6455 as an echo needs.

#include "load/websocket.hpp"

#include <array>
#include <cstring>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace pushgate::bench {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::array<char, 4> kMask{'\x37', '\x5A', '\x21', '\x3D'};

void append_head(std::string& out, std::uint8_t opcode, std::uint64_t payload_bytes, bool masked) {
  const unsigned mask_bit = masked ? 0x80U : 0U;
  out.push_back(static_cast<char>(0x80U | opcode));
  if (payload_bytes < 126) {
    out.push_back(static_cast<char>(mask_bit | payload_bytes));
    return;
  }
  const bool wide = payload_bytes > 0xFFFF;
  out.push_back(static_cast<char>(mask_bit | (wide ? 127U : 126U)));
  for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(payload_bytes >> shift));
  }
}

void unmask(char* to, const char* from, std::size_t count, const char* mask) {
  std::uint64_t word_mask = 0;
  std::array<char, 8> repeated{};
  for (std::size_t i = 0; i < 8; ++i) repeated[i] = mask[i % 4];
  std::memcpy(&word_mask, repeated.data(), 8);
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, from + i, 8);
    word ^= word_mask;
    std::memcpy(to + i, &word, 8);
  }
  for (; i < count; ++i) to[i] = static_cast<char>(from[i] ^ mask[i % 4]);
}

}  // namespace

std::string accept_for(std::string_view key) {
  const std::string text = std::string{key} + std::string{kGuid};
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 32> encoded{};
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), SHA_DIGEST_LENGTH);
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
}

std::string make_frame(std::uint8_t opcode, std::size_t payload_bytes, bool masked) {
  std::string frame;
  append_head(frame, opcode, payload_bytes, masked);
  if (masked) frame.append(kMask.data(), kMask.size());
  for (std::size_t i = 0; i < payload_bytes; ++i) {
    const char byte = static_cast<char>(i);
    frame.push_back(masked ? static_cast<char>(byte ^ kMask[i % 4]) : byte);
  }
  return frame;
}

void append_client_frame(std::string& out, std::uint8_t opcode, std::string_view payload) {
  append_head(out, opcode, payload.size(), true);
  out.append(kMask.data(), kMask.size());
  const std::size_t at = out.size();
  out.resize(at + payload.size());
  unmask(out.data() + at, payload.data(), payload.size(), kMask.data());
}

void append_server_frame(std::string& out, std::uint8_t opcode, std::string_view payload) {
  append_head(out, opcode, payload.size(), false);
  out.append(payload);
}

std::string switching_protocols(std::string_view key) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accept_for(key) + "\r\n\r\n";
}

FrameHead read_frame_head(std::string_view bytes) {
  FrameHead head;
  if (bytes.size() < 2) return head;
  const auto byte = [bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  head.opcode = byte(0) & 0x0F;
  head.masked = (byte(1) & 0x80) != 0;
  head.payload_bytes = byte(1) & 0x7F;
  std::size_t length_bytes = 0;
  if (head.payload_bytes == 126) length_bytes = 2;
  if (head.payload_bytes == 127) length_bytes = 8;
  head.head_bytes = 2 + length_bytes + (head.masked ? 4 : 0);
  if (bytes.size() < head.head_bytes) return head;
  if (length_bytes != 0) head.payload_bytes = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    head.payload_bytes = head.payload_bytes << 8 | byte(2 + i);
  }
  head.whole = true;
  return head;
}

void append_echo(std::string& out, const FrameHead& head, std::string_view frame) {
  append_head(out, head.opcode, head.payload_bytes, false);
  const std::size_t at = out.size();
  const auto count = static_cast<std::size_t>(head.payload_bytes);
  out.resize(at + count);
  const char* payload = frame.data() + head.head_bytes;
  if (head.masked) {
    unmask(out.data() + at, payload, count, payload - 4);
  } else {
    std::memcpy(out.data() + at, payload, count);
  }
}

}  // namespace pushgate::bench
