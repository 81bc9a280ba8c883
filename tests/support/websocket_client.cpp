#include "support/websocket_client.hpp"

#include <array>
#include <utility>

#include "support/http_message.hpp"

namespace pushgate::test {

namespace {

constexpr std::array<char, 4> kMask{0x11, 0x22, 0x33, 0x44};

std::string number(std::size_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((value >> (8 * i)) & 0xff);
  return out;
}

}  // namespace

std::uint16_t ReceivedFrame::close_code() const {
  if (opcode != 8 || payload.size() < 2) return 1005;
  return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                    static_cast<unsigned char>(payload[1]));
}

void WebSocketClient::ask_for(RawStream& stream, std::string_view target, std::string_view fields) {
  stream.send(get(target,
                  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                      std::string{fields}));
}

WebSocketClient::WebSocketClient(RawStream stream, std::string_view target, std::string_view fields)
    : WebSocketClient([&] {
        ask_for(stream, target, fields);
        return std::move(stream);
      }()) {}

WebSocketClient::WebSocketClient(RawStream asked) : stream_(std::move(asked)) {
  head_ = stream_.read_until("\r\n\r\n");
  if (!head_.starts_with("HTTP/1.1 101 ")) throw StreamError("not a 101: " + head_);
}

void WebSocketClient::send(std::uint8_t opcode, std::string_view payload) {
  stream_.send(frame_of(opcode, payload));
}

std::string WebSocketClient::frame_of(std::uint8_t opcode, std::string_view payload) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else if (payload.size() < 65536) {
    frame += static_cast<char>(0x80 | 126);
    frame += number(payload.size(), 2);
  } else {
    frame += static_cast<char>(0x80 | 127);
    frame += number(payload.size(), 8);
  }
  frame.append(kMask.data(), kMask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ kMask[i % 4]);
  }
  return frame;
}

ReceivedFrame WebSocketClient::receive() {
  const std::string start = stream_.read_exactly(2);
  ReceivedFrame frame;
  frame.opcode = static_cast<std::uint8_t>(start[0] & 0x0f);
  frame.rsv1 = (start[0] & 0x40) != 0;
  std::size_t size = static_cast<unsigned char>(start[1]) & 0x7f;
  if (size >= 126) {
    const std::string length = stream_.read_exactly(size == 126 ? 2 : 8);
    size = 0;
    for (const char c : length) size = size << 8 | static_cast<unsigned char>(c);
  }
  if (size > 0) frame.payload = stream_.read_exactly(size);
  return frame;
}

std::string WebSocketClient::text() {
  const ReceivedFrame frame = receive();
  if (frame.opcode != 1) throw StreamError("not a text frame: " + frame.payload);
  return frame.payload;
}

std::string WebSocketClient::binary() {
  const ReceivedFrame frame = receive();
  if (frame.opcode != 2) throw StreamError("not a binary frame: " + frame.payload);
  return frame.payload;
}

std::uint16_t WebSocketClient::close_code() {
  for (;;) {
    if (!stream_.has_something() && stream_.end() != StreamEnd::open) return 1006;
    try {
      const ReceivedFrame frame = receive();
      if (frame.opcode == 8) return frame.close_code();
    } catch (const StreamError&) {
      return 1006;
    }
  }
}

SocketIoClient::SocketIoClient(const NodesUnderTest& nodes, std::size_t node,
                               std::string_view query, std::string_view fields)
    : WebSocketClient(nodes.connect(node),
                      "/socket.io/?EIO=4&transport=websocket" + std::string{query}, fields) {
  engine_id_ = json_member(text(), "sid");
  send_text("40");
  socket_id_ = json_member(text(), "sid");
}

std::string SocketIoClient::ask(std::string_view data) {
  const std::string id = std::to_string(next_ack_++);
  send_text("42" + id + std::string{data});
  const std::string answer = text();
  if (!answer.starts_with("43" + id + "[")) throw StreamError("not the ack: " + answer);
  return answer.substr(2 + id.size());
}

void SocketIoClient::join(std::string_view room) {
  const std::string answer = ask("[\"join\",\"" + std::string{room} + "\"]");
  if (answer != "[{\"ok\":true}]") throw StreamError("not joined: " + answer);
}

std::string json_member(std::string_view json, std::string_view name) {
  const std::string mark = "\"" + std::string{name} + "\":\"";
  const std::size_t begin = json.find(mark);
  if (begin == std::string_view::npos) throw StreamError("no " + std::string{name});
  const std::size_t from = begin + mark.size();
  return std::string{json.substr(from, json.find('"', from) - from)};
}

}  // namespace pushgate::test
