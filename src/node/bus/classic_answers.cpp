#include <fmt/format.h>

#include "pushgate/node/bus/msgpack.hpp"

#include "node/bus/classic_codec.hpp"
#include "node/bus/message_text.hpp"

namespace pushgate::node {

namespace {

std::string finish(std::string json, std::string_view uid) {
  if (!uid.empty()) {
    json += R"(,"uid":)";
    append_json_string(json, uid);
  }
  return json + '}';
}

void add_id(std::string& json, std::string_view request_id) {
  json += R"("requestId":)";
  append_json_string(json, request_id);
}

/// [value]
Packet one_value(std::string_view value, std::vector<std::string> attachments) {
  Packet packet;
  packet.type = PacketType::ack;
  packet.data = fmt::format("[{}]", value);
  packet.attachments = std::move(attachments);
  return packet;
}

/// Sockets may be ids or descriptions, by the type of the request, which the answer does not tell.
void read_sockets(std::string_view array, Answer& answer) {
  answer.ids = parse_strings(array);
  if (answer.ids.empty()) answer.sockets = parse_sockets(array);
}

}  // namespace

std::string encode_classic_answer(std::string_view uid, std::string_view request_id,
                                  ClassicType type, const Answer& answer) {
  std::string json = "{";
  if (type == ClassicType::server_side_emit || type == ClassicType::broadcast) {
    const ClassicType kind =
        type == ClassicType::broadcast ? ClassicType::broadcast_client_count : type;
    fmt::format_to(std::back_inserter(json), R"("type":{},)", static_cast<int>(kind));
  }
  add_id(json, request_id);
  switch (type) {
    case ClassicType::sockets:
      json += R"(,"sockets":)";
      append_strings(json, answer.ids);
      break;
    case ClassicType::all_rooms:
      json += R"(,"rooms":)";
      append_strings(json, answer.rooms);
      break;
    case ClassicType::remote_fetch:
      json += R"(,"sockets":)";
      append_sockets(json, answer.sockets);
      break;
    case ClassicType::server_side_emit: {
      json += R"(,"data":)";
      const Packet value = answer.values.empty() ? one_value("null", {}) : answer.values.front();
      json += with_inline_buffers(first_element(value.data), value.attachments);
      break;
    }
    default:
      fmt::format_to(std::back_inserter(json), R"(,"clientCount":{})", answer.clients);
      break;
  }
  return finish(std::move(json), uid);
}

std::optional<std::string> encode_classic_ack(std::string_view uid, std::string_view request_id,
                                              const Packet& ack) {
  std::string json = fmt::format(R"({{"type":{},)", static_cast<int>(ClassicType::broadcast_ack));
  add_id(json, request_id);
  fmt::format_to(std::back_inserter(json), R"(,"packet":{})", first_element(ack.data));
  return msgpack_from_json(finish(std::move(json), uid), ack.attachments);
}

std::string encode_classic_done(std::string_view request_id) {
  std::string json = "{";
  add_id(json, request_id);
  return json + '}';
}

std::optional<ClassicAnswer> decode_classic_answer(std::string_view payload) {
  std::optional<MessageText> message = read_message(payload);
  if (!message) return std::nullopt;
  ClassicAnswer found;
  std::optional<std::uint64_t> type;
  std::string_view value = "null";
  JsonMembers members{message->json};
  while (const auto member = members.next()) {
    const auto named = [&](std::string_view name) {
      return json_string_equals(member->name, name);
    };
    if (named("requestId")) found.request_id = parse_text(member->value);
    if (named("uid")) found.uid = parse_text(member->value);
    if (named("type")) type = parse_count(member->value);
    if (named("sockets")) read_sockets(member->value, found.answer);
    if (named("rooms")) found.answer.rooms = parse_strings(member->value);
    if (named("data") || named("packet")) value = member->value;
    if (named("clientCount")) {
      found.answer.clients = static_cast<std::size_t>(parse_count(member->value).value_or(0));
    }
  }
  if (found.request_id.empty()) return std::nullopt;
  if (type == static_cast<unsigned>(ClassicType::server_side_emit) ||
      type == static_cast<unsigned>(ClassicType::broadcast_ack)) {
    found.answer.values.push_back(one_value(value, std::move(message->attachments)));
  }
  if (type == static_cast<unsigned>(ClassicType::broadcast_ack)) {
    found.kind = ClassicAnswer::Kind::acknowledged;
  }
  return found;
}

}  // namespace pushgate::node
