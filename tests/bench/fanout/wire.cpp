// wire.cpp - what members and publishers say to each kind of server.

#include "fanout/wire.hpp"

#include <cerrno>

#include "load/message.hpp"
#include "load/socket.hpp"
#include "load/websocket.hpp"

namespace pushgate::bench {
namespace {

constexpr const char* kSocketIoTarget = "/socket.io/?EIO=4&transport=websocket";

}  // namespace

std::string room_name(std::uint32_t room) { return "r" + std::to_string(room); }

Wire Wire::from(const Options& options) {
  Wire wire;
  const std::string dialect = options.text("dialect", "socketio");
  if (dialect != "socketio" && dialect != "websocket") {
    errno = EINVAL;
    fail("--dialect is socketio or websocket");
  }
  wire.dialect = dialect == "socketio" ? Dialect::socketio : Dialect::websocket;
  wire.member_target = options.text("member-target", "/ws?room=");
  wire.separator = options.text("separator", "&room=");
  wire.publish_target = options.text("publish-target", "/publish");
  return wire;
}

std::string Wire::target_of_member(std::span<const std::uint32_t> rooms) const {
  if (dialect == Dialect::socketio) return kSocketIoTarget;
  std::string target = member_target;
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    if (i != 0) target += separator;
    target += room_name(rooms[i]);
  }
  return target;
}

std::string Wire::target_of_publisher() const {
  return dialect == Dialect::socketio ? kSocketIoTarget : publish_target;
}

std::string Wire::answer_to_ping(std::uint8_t opcode, std::string_view payload) const {
  std::string answer;
  if (opcode == kPingFrame) {
    append_client_frame(answer, kPongFrame, payload);
  } else if (opcode == kTextFrame && dialect == Dialect::socketio && payload == "2") {
    append_text_frame(answer, "3");
  }
  return answer;
}

void Wire::append_publication(std::string& out, std::uint32_t room, std::uint32_t sequence,
                              std::size_t size) const {
  std::string payload;
  if (dialect == Dialect::socketio) {
    payload = R"(42["publish",{"room":")" + room_name(room) + R"(","event":"m","data":")";
    append_message(payload, room, sequence, size);
    payload += R"("}])";
  } else {
    append_message(payload, room, sequence, size);
  }
  append_text_frame(out, payload);
}

}  // namespace pushgate::bench
