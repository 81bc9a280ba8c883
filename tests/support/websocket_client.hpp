#pragma once
// websocket_client.hpp - a WebSocket client in a test's hands, and a Socket.IO client on top of it.

#include <cstdint>
#include <string>
#include <string_view>

#include "support/nodes_under_test.hpp"
#include "support/raw_stream.hpp"

namespace pushgate::test {

/// What came in one frame.
struct ReceivedFrame {
  std::uint8_t opcode = 0;  ///< 1 text, 2 binary, 8 close, 9 ping, 10 pong
  bool rsv1 = false;
  std::string payload;

  std::uint16_t close_code() const;
};

/// Throws StreamError when the server does not do what is waited for.
class WebSocketClient {
 public:
  /// Shakes hands; throws if the answer is not 101. `fields` are further lines of the request.
  WebSocketClient(RawStream stream, std::string_view target, std::string_view fields = {});
  /// A request that was sent by `ask_for`: for many clients at once.
  explicit WebSocketClient(RawStream asked);
  static void ask_for(RawStream& stream, std::string_view target, std::string_view fields = {});

  void send_text(std::string_view text) { send(1, text); }
  void send_binary(std::string_view bytes) { send(2, bytes); }
  void send(std::uint8_t opcode, std::string_view payload);
  /// The bytes that `send` sends, to be put together with others.
  static std::string frame_of(std::uint8_t opcode, std::string_view payload);

  ReceivedFrame receive();
  /// The next text; answers pings of Engine.IO meanwhile, if `skip_pings`.
  std::string text();
  std::string binary();
  /// The close frame that comes next, or code 1006 if the connection ends without.
  std::uint16_t close_code();

  const std::string& head() const { return head_; }
  RawStream& stream() { return stream_; }

 private:
  RawStream stream_;
  std::string head_;
};

/// Connects to the main namespace over WebSocket: the open packet and the answer to CONNECT have
/// been read. Server pings are answered by whoever reads them: text() shows them.
class SocketIoClient : public WebSocketClient {
 public:
  explicit SocketIoClient(const NodesUnderTest& nodes, std::size_t node = 0,
                          std::string_view query = {}, std::string_view fields = {});

  const std::string& engine_id() const { return engine_id_; }
  const std::string& socket_id() const { return socket_id_; }

  /// Sends `42` and this JSON array.
  void emit(std::string_view data) { send_text("42" + std::string{data}); }
  /// Emits with an ack id and returns what is acknowledged: the JSON array.
  std::string ask(std::string_view data);
  /// Joins rooms by the event `join`, and waits until it is done.
  void join(std::string_view room);

 private:
  std::string engine_id_;
  std::string socket_id_;
  unsigned next_ack_ = 0;
};

/// The value of a string member, found by its name alone: enough for the packets of a handshake.
std::string json_member(std::string_view json, std::string_view name);

}  // namespace pushgate::test
