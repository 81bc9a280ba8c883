// greeting.cpp - what a client says from its first byte until it is a member of its rooms.

#include "fanout/greeting.hpp"

#include <cerrno>
#include <utility>

#include "load/request.hpp"
#include "load/socket.hpp"

namespace pushgate::bench {
namespace {

[[noreturn]] void broken(std::string_view what) {
  errno = EPROTO;
  fail(what);
}

/// The text of a member of a flat JSON object, as a server of Socket.IO writes it; empty if it is
/// not there.
std::string_view member_of(std::string_view json, std::string_view quoted_name) {
  const std::size_t at = json.find(quoted_name);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + quoted_name.size() + 2;  // :"
  return json.substr(begin, json.find('"', begin) - begin);
}

}  // namespace

Greeting::Greeting(const Wire& wire, unsigned user, std::vector<std::uint32_t> rooms,
                   Session session)
    : wire_(&wire), user_(user), rooms_(std::move(rooms)), session_(std::move(session)) {}

std::string Greeting::begin() {
  return upgrade_request(
      user_, rooms_.empty() ? wire_->target_of_publisher() : wire_->target_of_member(rooms_));
}

std::string Greeting::advance(std::string_view bytes) {
  unread_.append(bytes);
  std::string answer;
  std::size_t used = step_ == Step::upgrade ? take_head() : 0;
  while (step_ != Step::upgrade && step_ != Step::done) {
    const std::string_view rest = std::string_view{unread_}.substr(used);
    const FrameHead head = read_frame_head(rest);
    const std::size_t length = head.head_bytes + static_cast<std::size_t>(head.payload_bytes);
    if (!head.whole || rest.size() < length) break;
    take_frame(head.opcode, rest.substr(0, length), head.head_bytes, answer);
    used += length;
  }
  unread_.erase(0, used);
  return answer;
}

std::size_t Greeting::take_head() {
  const std::size_t length = head_length(unread_.data(), unread_.size());
  if (length == 0) return 0;
  if (!accepts_upgrade(std::string_view{unread_}.substr(0, length))) {
    broken("the handshake was not answered with a 101 and its Sec-WebSocket-Accept");
  }
  step_ = wire_->dialect == Dialect::socketio ? Step::open : Step::done;
  return length;
}

void Greeting::take_frame(std::uint8_t opcode, std::string_view frame, std::size_t head_bytes,
                          std::string& answer) {
  const std::string_view payload = frame.substr(head_bytes);
  const std::string pong = wire_->answer_to_ping(opcode, payload);
  if (step_ == Step::open && payload.starts_with("0{")) {
    append_text_frame(answer, "40" + auth());
    step_ = Step::connect;
  } else if (step_ == Step::connect && payload.starts_with("40{")) {
    take_connect(payload, answer);
  } else if (step_ == Step::join && payload.starts_with(R"(430[{"ok":true})")) {
    step_ = Step::done;
  } else if (payload.starts_with("42")) {
    early_.append(frame);
  } else if (!pong.empty()) {
    answer += pong;
  } else {
    broken("the server did not greet as Socket.IO does: " + std::string{payload.substr(0, 100)});
  }
}

void Greeting::take_connect(std::string_view payload, std::string& answer) {
  const std::string_view pid = member_of(payload, "\"pid\"");
  recovered_ = !pid.empty() && pid == session_.pid;
  session_.pid = pid;
  step_ = recovered_ || rooms_.empty() ? Step::done : Step::join;
  if (step_ == Step::join) append_text_frame(answer, R"(420["join",)" + names() + "]");
}

// Who has received nothing yet has no offset to send.
std::string Greeting::auth() const {
  if (session_.pid.empty()) return {};
  std::string out = R"({"pid":")" + session_.pid + '"';
  if (!session_.offset.empty()) out += R"(,"offset":")" + session_.offset + '"';
  return out + '}';
}

// One name, or a list of them.
std::string Greeting::names() const {
  std::string out;
  for (const std::uint32_t room : rooms_) {
    out += (out.empty() ? "\"" : ",\"") + room_name(room) + '"';
  }
  return rooms_.size() == 1 ? out : '[' + out + ']';
}

}  // namespace pushgate::bench
