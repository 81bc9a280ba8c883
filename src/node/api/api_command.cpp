#include "node/api/api_command.hpp"

#include <array>
#include <utility>

#include "pushgate/base/identity.hpp"
#include "pushgate/node/json_text.hpp"
#include "pushgate/node/transport/socketio_codec.hpp"

#include "node/api/binary_json.hpp"
#include "node/api/field_reader.hpp"
#include "node/session/client_socket.hpp"

namespace pushgate::node {

namespace {

using Parsed = std::variant<ApiCommand, ApiProblem>;

constexpr std::chrono::milliseconds kLongestAck{60'000};
constexpr std::chrono::milliseconds kLongestMailbox{std::chrono::hours{24 * 366}};
// user:<uid> is a room too.
constexpr TextRule kAnyRoom{.max_bytes = 300,
                            .what = "a room's name of 1 to 300 bytes without control characters"};
constexpr TextRule kUid{.max_bytes = Identity::kMaxUidBytes,
                        .what = "a uid of 1 to 256 bytes without control characters"};
constexpr TextRule kSocketId{.max_bytes = 20, .what = "a socket's id"};

constexpr std::array<std::pair<std::string_view, CommandKind>, 6> kKinds{{
    {"publish", CommandKind::publish},
    {"push", CommandKind::push},
    {"broadcast", CommandKind::broadcast},
    {"disconnect", CommandKind::disconnect},
    {"join", CommandKind::join},
    {"leave", CommandKind::leave},
}};

std::string read_nsp(FieldReader& fields, const ApiLimits& limits) {
  std::string nsp = fields.text("nsp");
  if (nsp.empty()) return "/";
  if (!limits.serves_namespace(nsp)) fields.fail("nsp", "is no namespace of this node");
  return nsp;
}

/// The arguments of the event, each behind a comma.
std::string read_arguments(FieldReader& fields, const ApiLimits& limits,
                           std::vector<std::string>& attachments) {
  const std::optional<std::string_view> data = fields.raw("data");
  const std::optional<std::string_view> args = fields.raw("args");
  std::string out;
  if (data && args) fields.fail("args", "cannot stand beside data: one argument, or several");
  if (args && json_kind(*args) != JsonKind::array) fields.fail("args", "must be an array");
  const auto add = [&](std::string_view value, const std::string& place) {
    out += ',';
    const BinaryFault fault = append_with_binaries(out, value, attachments, limits.max_attachments);
    if (fault != BinaryFault::none) fields.fail(place, std::string{name_of(fault)});
  };
  if (data) add(*data, "data");
  if (!args) return out;
  std::size_t index = 0;
  for (JsonElements elements{*args}; const auto element = elements.next(); ++index) {
    add(*element, "args[" + std::to_string(index) + "]");
  }
  return out;
}

Packet read_event(FieldReader& fields, const ApiLimits& limits) {
  Packet packet;
  packet.nsp = read_nsp(fields, limits);
  fields.require("event");
  const std::string name = fields.text("event");
  std::string quoted;
  append_json_string(quoted, name);
  if (is_reserved_event(quoted)) fields.fail("event", "is a name that clients keep for themselves");
  packet.data = "[" + quoted + read_arguments(fields, limits, packet.attachments) + "]";
  return packet;
}

template <class Wish>
Parsed finished(const FieldReader& fields, Wish wish) {
  if (std::optional<ApiProblem> problem = fields.finish()) return std::move(*problem);
  return ApiCommand{std::move(wish)};
}

Parsed parse_publish(FieldReader& fields, const ApiLimits& limits, bool to_rooms) {
  PublishWish wish;
  wish.event = read_event(fields, limits);
  if (to_rooms) {
    fields.require("rooms");
    wish.rooms = fields.texts("rooms", kAnyRoom);
    wish.keep = fields.flag("history").value_or(true);
  }
  if (fields.has("except")) wish.except = fields.texts("except", kAnyRoom);
  wish.is_volatile = fields.flag("volatile").value_or(false);
  return finished(fields, std::move(wish));
}

Parsed parse_push(FieldReader& fields, const ApiLimits& limits) {
  PushWish wish;
  wish.event = read_event(fields, limits);
  fields.require("uids");
  wish.uids = fields.texts("uids", kUid);
  wish.ack_timeout = fields.duration("ackTimeout", kLongestAck);
  wish.mailbox_ttl = fields.duration("mailboxTtl", kLongestMailbox);
  return finished(fields, std::move(wish));
}

/// `rooms_field`: by which name rooms choose sockets.
std::vector<std::string> read_who(FieldReader& fields, std::string_view rooms_field) {
  std::vector<std::string> who;
  if (fields.has(rooms_field)) who = fields.texts(rooms_field, kAnyRoom);
  if (fields.has("sockets")) {
    for (std::string& id : fields.texts("sockets", kSocketId)) {
      if (!looks_like_id(id)) fields.fail("sockets", "has something that is no socket's id");
      who.push_back(std::move(id));
    }
  }
  if (fields.has("socket")) {
    std::string id = fields.text("socket", kSocketId);
    if (!looks_like_id(id)) fields.fail("socket", "is no socket's id");
    who.push_back(std::move(id));
  }
  if (fields.has("uid")) who.push_back(user_room(fields.text("uid", kUid)));
  if (who.empty()) {
    fields.fail(rooms_field, "is missing, and so are socket, sockets and uid: nobody is asked for");
  }
  return who;
}

Parsed parse_disconnect(FieldReader& fields, const ApiLimits& limits) {
  DisconnectWish wish;
  wish.nsp = read_nsp(fields, limits);
  wish.who = read_who(fields, "rooms");
  wish.close = fields.flag("close").value_or(false);
  return finished(fields, std::move(wish));
}

Parsed parse_membership(FieldReader& fields, const ApiLimits& limits, bool is_join) {
  MembershipWish wish;
  wish.is_join = is_join;
  wish.nsp = read_nsp(fields, limits);
  wish.who = read_who(fields, "inRooms");
  fields.require("rooms");
  wish.rooms = fields.texts("rooms");
  for (std::size_t i = 0; i < wish.rooms.size(); ++i) {
    const RoomRefusal refusal = check_room_name(wish.rooms[i]);
    if (refusal == RoomRefusal::none) continue;
    fields.fail("rooms[" + std::to_string(i) + "]",
                "is the room of a user or a socket, or no room's name at all");
  }
  return finished(fields, std::move(wish));
}

}  // namespace

std::optional<CommandKind> parse_command_kind(std::string_view name) noexcept {
  for (const auto& [text, kind] : kKinds) {
    if (text == name) return kind;
  }
  return std::nullopt;
}

Parsed parse_command(CommandKind kind, std::string_view body, const ApiLimits& limits) {
  FieldReader fields{body};
  switch (kind) {
    case CommandKind::publish:
      return parse_publish(fields, limits, true);
    case CommandKind::broadcast:
      return parse_publish(fields, limits, false);
    case CommandKind::push:
      return parse_push(fields, limits);
    case CommandKind::disconnect:
      return parse_disconnect(fields, limits);
    case CommandKind::join:
    case CommandKind::leave:
      return parse_membership(fields, limits, kind == CommandKind::join);
  }
  return ApiProblem{};
}

std::variant<std::vector<BatchItem>, ApiProblem> parse_batch(std::string_view body) {
  FieldReader fields{body};
  fields.require("commands");
  std::vector<BatchItem> items;
  const std::string_view list = fields.raw("commands").value_or("[]");
  if (json_kind(list) != JsonKind::array) fields.fail("commands", "must be an array");
  if (std::optional<ApiProblem> problem = fields.finish()) return std::move(*problem);
  for (JsonElements elements{list}; const auto element = elements.next();) {
    const std::string place = "commands[" + std::to_string(items.size()) + "]";
    FieldReader item{*element};
    item.require("command");
    const std::optional<CommandKind> kind = parse_command_kind(item.text("command"));
    const std::optional<std::string_view> command_body = item.raw("body");
    if (!kind) item.fail("command", "must be publish, push, broadcast, disconnect, join or leave");
    if (!command_body) item.fail("body", "is missing");
    if (std::optional<ApiProblem> problem = item.finish()) {
      problem->field = problem->field.empty() ? place : place + "." + problem->field;
      return std::move(*problem);
    }
    if (items.size() == kMaxBatch) {
      return ApiProblem{400, "bad_field", "commands has more than 100 elements", "commands"};
    }
    items.push_back({*kind, *command_body});
  }
  if (items.empty()) return ApiProblem{400, "bad_field", "commands is empty", "commands"};
  return items;
}

}  // namespace pushgate::node
