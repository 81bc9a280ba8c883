// socketio_encode.cpp - the half of socketio_codec.hpp that writes packets.

#include <array>
#include <charconv>

#include "pushgate/node/transport/socketio_codec.hpp"

namespace pushgate::node {

namespace {

/// Everything before the payload but the namespace: at most a digit, 20 digits with "-", a comma
/// and 20 digits.
struct Numbers {
  std::array<char, 22> before_namespace{};
  std::size_t before_size = 0;
  std::array<char, 20> ack_id{};
  std::size_t ack_id_size = 0;

  std::string_view before() const noexcept { return {before_namespace.data(), before_size}; }
  std::string_view ack() const noexcept { return {ack_id.data(), ack_id_size}; }
};

template <std::size_t kSize>
std::size_t write_number(std::array<char, kSize>& out, std::size_t at,
                         std::uint64_t number) noexcept {
  const auto result = std::to_chars(out.data() + at, out.data() + kSize, number);
  return static_cast<std::size_t>(result.ptr - out.data());
}

Numbers numbers_of(const PacketHead& head) noexcept {
  constexpr char kBinaryShift = 3;  // from event to binary event, from ack to binary ack
  Numbers numbers;
  char type = static_cast<char>('0' + static_cast<int>(head.type));
  if (head.attachments != 0) type = static_cast<char>(type + kBinaryShift);
  numbers.before_namespace[0] = type;
  numbers.before_size = 1;
  if (head.attachments != 0) {
    numbers.before_size = write_number(numbers.before_namespace, 1, head.attachments);
    numbers.before_namespace[numbers.before_size++] = '-';
  }
  if (head.ack_id) numbers.ack_id_size = write_number(numbers.ack_id, 0, *head.ack_id);
  return numbers;
}

/// What a namespace takes: nothing for "/", else itself and a comma.
std::size_t namespace_size(std::string_view nsp) noexcept {
  return nsp == "/" || nsp.empty() ? 0 : nsp.size() + 1;
}

void append_namespace(std::string& out, std::string_view nsp) {
  if (namespace_size(nsp) == 0) return;
  out += nsp;
  out += ',';
}

constexpr std::string_view kBeforeOffset = ",\"";
constexpr std::string_view kAfterOffset = "\"]";

std::size_t packet_size(const Numbers& numbers, std::string_view nsp, std::string_view data,
                        std::string_view offset) noexcept {
  std::size_t size = numbers.before_size + namespace_size(nsp) + numbers.ack_id_size + data.size();
  if (!offset.empty()) size += kBeforeOffset.size() + offset.size() + kAfterOffset.size() - 1;
  return size;
}

}  // namespace

std::size_t packet_size(const PacketHead& head, std::string_view data,
                        std::string_view offset) noexcept {
  return packet_size(numbers_of(head), head.nsp, data, offset);
}

void append_packet(std::string& out, const PacketHead& head, std::string_view data,
                   std::string_view offset) {
  const Numbers numbers = numbers_of(head);
  out.reserve(out.size() + packet_size(numbers, head.nsp, data, offset));
  out += numbers.before();
  append_namespace(out, head.nsp);
  out += numbers.ack();
  if (offset.empty()) {
    out += data;
    return;
  }
  out += data.substr(0, data.size() - 1);  // without "]"
  out += kBeforeOffset;
  out += offset;
  out += kAfterOffset;
}

void append_connect_reply(std::string& out, EngineVersion version, const ConnectReply& reply) {
  out += '0';
  append_namespace(out, reply.nsp);
  if (version == EngineVersion::v3) return;
  out += R"({"sid":")";
  out += reply.sid;
  if (!reply.pid.empty()) {
    out += R"(","pid":")";
    out += reply.pid;
  }
  out += "\"}";
}

void append_connect_error(std::string& out, const ConnectRefusal& refusal) {
  out += '4';
  append_namespace(out, refusal.nsp);
  out += R"({"message":)";
  append_json_string(out, refusal.message);
  if (!refusal.data.empty()) {
    out += R"(,"data":)";
    out += refusal.data;
  }
  out += '}';
}

void append_connect_error_v4(std::string& out, const ConnectRefusal& refusal) {
  out += '4';
  append_namespace(out, refusal.nsp);
  if (refusal.data.empty()) {
    append_json_string(out, refusal.message);
  } else {
    out += refusal.data;
  }
}

void append_disconnect(std::string& out, std::string_view nsp) {
  out += '1';
  append_namespace(out, nsp);
}

}  // namespace pushgate::node
