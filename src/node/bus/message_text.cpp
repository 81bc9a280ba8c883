#include "node/bus/message_text.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "pushgate/node/bus/msgpack.hpp"

#include "node/bus/js_text.hpp"

namespace pushgate::node {

namespace {

RemoteSocket parse_socket(std::string_view object) {
  RemoteSocket socket;
  JsonMembers members{object};
  while (const auto member = members.next()) {
    if (json_string_equals(member->name, "id")) {
      socket.id = parse_text(member->value);
    } else if (json_string_equals(member->name, "rooms")) {
      socket.rooms = parse_strings(member->value);
    } else if (json_string_equals(member->name, "handshake")) {
      socket.handshake = member->value;
    } else if (json_string_equals(member->name, "data")) {
      socket.data = member->value;
    } else if (json_string_equals(member->name, "node")) {
      socket.node = parse_text(member->value);
    }
  }
  return socket;
}

bool is_event_type(std::string_view value) {
  const auto type = parse_count(value);
  return type == 2 || type == 5;
}

}  // namespace

void append_strings(std::string& out, std::span<const std::string> strings) {
  out += '[';
  for (const std::string& text : strings) {
    if (&text != strings.data()) out += ',';
    append_json_string(out, text);
  }
  out += ']';
}

void append_flags(std::string& out, const BroadcastFlags& flags) {
  out += '{';
  const std::size_t start = out.size();
  if (flags.is_volatile) out += R"("volatile":true,)";
  if (!flags.compress) out += R"("compress":false,)";
  if (flags.timeout) {
    fmt::format_to(std::back_inserter(out), R"("timeout":{},)", flags.timeout->count());
  }
  if (!flags.log.empty()) {
    out += R"("log":)";
    append_json_string(out, flags.log);
    out += ',';
  }
  if (out.size() > start) out.pop_back();
  out += '}';
}

void append_options(std::string& out, const BroadcastOptions& options, bool with_flags) {
  out += R"({"rooms":)";
  append_strings(out, options.rooms);
  out += R"(,"except":)";
  append_strings(out, options.except);
  if (with_flags) {
    out += R"(,"flags":)";
    append_flags(out, options.flags);
  }
  out += '}';
}

void append_sockets(std::string& out, std::span<const RemoteSocket> sockets) {
  out += '[';
  for (const RemoteSocket& socket : sockets) {
    if (&socket != sockets.data()) out += ',';
    out += R"({"id":)";
    append_json_string(out, socket.id);
    fmt::format_to(std::back_inserter(out), R"(,"handshake":{},"rooms":)", socket.handshake);
    append_strings(out, socket.rooms);
    fmt::format_to(std::back_inserter(out), R"(,"data":{})", socket.data);
    if (!socket.node.empty()) {
      out += ",\"node\":";
      append_json_string(out, socket.node);
    }
    out += '}';
  }
  out += ']';
}

std::string with_inline_buffers(std::string_view json, std::span<const std::string> attachments) {
  // Outside a string these bytes are a placeholder, and within one they cannot be: a quote in a
  // string has a backslash before it.
  constexpr std::string_view kPlaceholder = R"({"_placeholder":true,"num":)";
  std::string out;
  for (;;) {
    const std::size_t found = attachments.empty() ? json.npos : json.find(kPlaceholder);
    out += json.substr(0, found);
    if (found == json.npos) return out;
    json.remove_prefix(found);
    std::string_view rest = json.substr(kPlaceholder.size());
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (error != std::errc{} || number >= attachments.size() || !rest.starts_with('}')) {
      out += kPlaceholder;
      json.remove_prefix(kPlaceholder.size());
      continue;
    }
    out += R"({"type":"Buffer","data":[)";
    for (const char c : attachments[number]) {
      fmt::format_to(std::back_inserter(out), "{},", static_cast<unsigned char>(c));
    }
    if (out.back() == ',') out.pop_back();
    out += "]}";
    json = rest.substr(1);
  }
}

std::string_view first_element(std::string_view array) {
  return JsonElements{array}.next().value_or("null");
}

std::optional<MessageText> read_message(std::string_view payload) {
  if (payload.starts_with('{')) {
    if (check_json(payload) != JsonError::none) return std::nullopt;
    return MessageText{std::string{payload}, {}};
  }
  if (MsgpackReader{payload}.kind() != MsgpackKind::map) return std::nullopt;
  auto text = json_from_msgpack(payload);
  if (!text) return std::nullopt;
  return MessageText{std::move(text->json), std::move(text->attachments)};
}

std::vector<std::string> parse_strings(std::string_view array) {
  std::vector<std::string> strings;
  if (json_kind(array) != JsonKind::array) return strings;
  JsonElements elements{array};
  while (const auto element = elements.next()) {
    const JsonKind kind = json_kind(*element);
    if (kind == JsonKind::string || kind == JsonKind::number) {
      strings.push_back(parse_text(*element));
    }
  }
  return strings;
}

BroadcastFlags parse_flags(std::string_view object) {
  BroadcastFlags flags;
  if (json_kind(object) != JsonKind::object) return flags;
  JsonMembers members{object};
  while (const auto member = members.next()) {
    if (json_string_equals(member->name, "volatile")) {
      flags.is_volatile = member->value == "true";
    } else if (json_string_equals(member->name, "compress")) {
      flags.compress = member->value != "false";
    } else if (json_string_equals(member->name, "log")) {
      flags.log = parse_text(member->value);
    } else if (json_string_equals(member->name, "timeout")) {
      if (const auto ms = parse_count(member->value))
        flags.timeout = std::chrono::milliseconds{*ms};
    }
  }
  return flags;
}

BroadcastOptions parse_options(std::string_view object) {
  BroadcastOptions options;
  if (json_kind(object) != JsonKind::object) return options;
  JsonMembers members{object};
  while (const auto member = members.next()) {
    if (json_string_equals(member->name, "rooms")) {
      options.rooms = parse_strings(member->value);
    } else if (json_string_equals(member->name, "except")) {
      options.except = parse_strings(member->value);
    } else if (json_string_equals(member->name, "flags")) {
      options.flags = parse_flags(member->value);
    }
  }
  return options;
}

std::vector<RemoteSocket> parse_sockets(std::string_view array) {
  std::vector<RemoteSocket> sockets;
  if (json_kind(array) != JsonKind::array) return sockets;
  JsonElements elements{array};
  while (const auto element = elements.next()) {
    if (json_kind(*element) != JsonKind::object) continue;
    RemoteSocket socket = parse_socket(*element);
    if (!socket.id.empty()) sockets.push_back(std::move(socket));
  }
  return sockets;
}

std::string parse_text(std::string_view value) {
  if (json_kind(value) == JsonKind::number) {
    std::string text;
    append_js_number(text, parse_js_number(value));
    return text;
  }
  return decode_json_string(value).value_or(std::string{});
}

std::optional<std::uint64_t> parse_count(std::string_view value) {
  constexpr double kMax = 9007199254740992.0;
  if (json_kind(value) != JsonKind::number) return std::nullopt;
  const double number = parse_js_number(value);
  if (!(number >= 0 && number <= kMax) || number != std::floor(number)) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

std::optional<Packet> parse_packet(std::string_view object, std::vector<std::string> attachments,
                                   std::string_view nsp) {
  if (json_kind(object) != JsonKind::object) return std::nullopt;
  Packet packet;
  packet.nsp = nsp;
  packet.data.clear();
  packet.attachments = std::move(attachments);
  bool is_event = false;
  JsonMembers members{object};
  while (const auto member = members.next()) {
    if (json_string_equals(member->name, "type")) {
      is_event = is_event_type(member->value);
    } else if (json_string_equals(member->name, "data")) {
      packet.data = member->value;
    } else if (json_string_equals(member->name, "nsp")) {
      packet.nsp = parse_text(member->value);
    }
  }
  if (!is_event || json_kind(packet.data) != JsonKind::array) return std::nullopt;
  if (!JsonElements{packet.data}.next()) return std::nullopt;
  return packet;
}

}  // namespace pushgate::node
