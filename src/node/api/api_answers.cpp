#include "node/api/api_answers.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "pushgate/node/json_text.hpp"
#include "pushgate/node/transport/sid.hpp"

#include "node/session/client_socket.hpp"

namespace pushgate::node {

namespace {

void append_names(std::string& out, const std::vector<std::string>& names) {
  char before = '[';
  for (const std::string& name : names) {
    out += before;
    before = ',';
    append_json_string(out, name);
  }
  out += before == '[' ? "[]" : "]";
}

/// {"nsp":"/"
std::string begin_reply(std::string_view nsp) {
  std::string out = "{\"nsp\":";
  append_json_string(out, nsp);
  return out;
}

/// What every answer about several nodes ends with.
ApiReply end_reply(std::string out, const Answers& answers) {
  out += answers.partial() ? ",\"partial\":true" : ",\"partial\":false";
  out += ",\"missing\":";
  append_names(out, answers.missing);
  out += ",\"missingUnnamed\":" + std::to_string(answers.missing_unnamed) + "}";
  return {200, std::move(out)};
}

void append_socket(std::string& out, const RemoteSocket& socket) {
  out += "{\"socket\":";
  append_json_string(out, socket.id);
  if (const std::string_view uid = uid_of(socket); !uid.empty()) {
    out += ",\"uid\":";
    append_json_string(out, uid);
  }
  if (!socket.node.empty()) {
    out += ",\"node\":";
    append_json_string(out, socket.node);
  }
  out += '}';
}

/// Milliseconds since 1970, as nodes of every make say it.
std::optional<std::int64_t> connected_ms(const RemoteSocket& socket) {
  const std::string_view text = find_member(socket.handshake, "issued").value_or("");
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  return error == std::errc{} ? std::optional{ms} : std::nullopt;
}

std::size_t count_users(const std::vector<RemoteSocket>& sockets) {
  std::set<std::string_view> users;
  for (const RemoteSocket& socket : sockets) {
    if (const std::string_view uid = uid_of(socket); !uid.empty()) users.insert(uid);
  }
  return users.size();
}

void append_room_counts(std::string& out, std::string_view room, const Answers& answers) {
  out += ",\"room\":";
  append_json_string(out, room);
  out += ",\"count\":" + std::to_string(answers.all.sockets.size());
  out += ",\"users\":" + std::to_string(count_users(answers.all.sockets));
}

}  // namespace

std::string_view uid_of(const RemoteSocket& socket) noexcept {
  for (const std::string& room : socket.rooms) {
    if (room.starts_with(kUserRoomPrefix)) {
      return std::string_view{room}.substr(kUserRoomPrefix.size());
    }
  }
  return {};
}

std::string rfc3339(std::int64_t unix_ms) {
  const std::time_t seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.", &parts);
  const std::string ms = std::to_string(1000 + unix_ms % 1000).substr(1);
  return std::string{text, size} + ms + "Z";
}

ApiReply rooms_reply(std::string_view nsp, const Answers& answers, const RoomPage& page) {
  std::set<std::string_view> names;
  for (const std::string& room : answers.all.rooms) {
    // The rooms of sockets and users are no rooms that anybody made.
    if (looks_like_id(room) || room.starts_with(kUserRoomPrefix)) continue;
    if (room.starts_with(page.prefix) && room > page.after) names.insert(room);
  }
  const bool is_last = names.size() <= page.limit;
  const auto end = is_last ? names.end() : std::next(names.begin(), static_cast<long>(page.limit));
  const std::vector<std::string> shown(names.begin(), end);
  std::string out = begin_reply(nsp) + ",\"rooms\":";
  append_names(out, shown);
  if (!is_last) {
    out += ",\"next\":";
    append_json_string(out, shown.back());
  }
  return end_reply(std::move(out), answers);
}

ApiReply room_reply(std::string_view nsp, std::string_view room, const Answers& answers,
                    bool with_members) {
  std::string out = begin_reply(nsp);
  append_room_counts(out, room, answers);
  out += with_members ? ",\"presence\":true" : ",\"presence\":false";
  if (with_members) {
    char before = '[';
    out += ",\"members\":";
    for (const RemoteSocket& socket : answers.all.sockets) {
      out += before;
      before = ',';
      append_socket(out, socket);
    }
    out += before == '[' ? "[]" : "]";
  }
  return end_reply(std::move(out), answers);
}

ApiReply presence_reply(std::string_view nsp, std::string_view room, const Answers& answers) {
  std::map<std::string, std::vector<std::string>> groups;
  for (const RemoteSocket& socket : answers.all.sockets) {
    const std::string_view uid = uid_of(socket);
    // No uid has a control character in it, so the key of a lone socket cannot be one.
    groups[uid.empty() ? "\n" + socket.id : std::string{uid}].push_back(socket.id);
  }
  std::string out = begin_reply(nsp);
  append_room_counts(out, room, answers);
  out += ",\"members\":";
  char before = '[';
  for (const auto& [key, sockets] : groups) {
    out.append(1, before).append("{");
    before = ',';
    if (key.front() != '\n') {
      out += "\"uid\":";
      append_json_string(out, key);
      out += ',';
    }
    out += "\"sockets\":";
    append_names(out, sockets);
    out += '}';
  }
  out += before == '[' ? "[]" : "]";
  return end_reply(std::move(out), answers);
}

ApiReply user_reply(std::string_view nsp, std::string_view uid, const Answers& answers) {
  std::string out = begin_reply(nsp) + ",\"uid\":";
  append_json_string(out, uid);
  out += answers.all.sockets.empty() ? ",\"online\":false" : ",\"online\":true";
  out += ",\"devices\":";
  char before = '[';
  for (const RemoteSocket& socket : answers.all.sockets) {
    out.append(1, before).append("{\"socket\":");
    before = ',';
    append_json_string(out, socket.id);
    if (!socket.node.empty()) {
      out += ",\"node\":";
      append_json_string(out, socket.node);
    }
    if (const auto since = connected_ms(socket)) {
      out += ",\"connectedSince\":\"" + rfc3339(*since) + '"';
    }
    out += '}';
  }
  out += before == '[' ? "[]" : "]";
  return end_reply(std::move(out), answers);
}

}  // namespace pushgate::node
