#include "node/store/store_codec.hpp"

#include <charconv>
#include <span>
#include <utility>

#include "pushgate/base/base64.hpp"
#include "pushgate/node/bus/msgpack.hpp"
#include "pushgate/node/json_text.hpp"

#include "node/bus/message_text.hpp"

namespace pushgate::node {

namespace {

void append_text(std::string& out, std::string_view name, std::string_view value) {
  out += out.size() > 1 ? ",\"" : "\"";
  out.append(name).append("\":");
  append_json_string(out, value);
}

std::string text_of(std::string_view object, std::string_view name) {
  const std::optional<std::string_view> value = find_member(object, name);
  return value ? parse_text(*value) : std::string{};
}

}  // namespace

std::vector<std::string> fields_of(const Envelope& envelope) {
  std::string options;
  append_options(options, envelope.options, true);
  std::vector<std::string> fields{"n", envelope.packet.nsp, "d", envelope.packet.data,
                                  "o", std::move(options)};
  for (const std::string& attachment : envelope.packet.attachments) {
    fields.emplace_back("b");
    fields.push_back(attachment);
  }
  return fields;
}

std::optional<Envelope> envelope_of(const std::vector<std::string>& fields) {
  Envelope envelope;
  envelope.packet.nsp = namespace_of(fields);
  envelope.packet.data.clear();
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const std::string& name = fields[i];
    const std::string& value = fields[i + 1];
    if (name == "d") {
      envelope.packet.data = value;
    } else if (name == "o") {
      if (check_json(value) != JsonError::none) return std::nullopt;
      envelope.options = parse_options(value);
    } else if (name == "b") {
      envelope.packet.attachments.push_back(value);
    }
  }
  if (check_json(envelope.packet.data) != JsonError::none ||
      json_kind(envelope.packet.data) != JsonKind::array) {
    return std::nullopt;
  }
  return envelope;
}

std::string_view field_of(const std::vector<std::string>& fields, std::string_view name) noexcept {
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    if (fields[i] == name) return fields[i + 1];
  }
  return {};
}

std::string_view namespace_of(const std::vector<std::string>& fields) noexcept {
  const std::string_view nsp = field_of(fields, "n");
  return nsp.empty() ? "/" : nsp;
}

BroadcastOptions options_of(const std::vector<std::string>& fields) {
  const std::string_view options = field_of(fields, "o");
  return check_json(options) == JsonError::none ? parse_options(options) : BroadcastOptions{};
}

EntryTag tag_of(const std::vector<std::string>& fields) {
  EntryTag tag{field_of(fields, "e"), field_of(fields, "p"), 0};
  const std::string_view sequence = field_of(fields, "s");
  std::from_chars(sequence.data(), sequence.data() + sequence.size(), tag.sequence);
  return tag;
}

void append_tag(std::vector<std::string>& fields, std::string_view process,
                std::uint64_t sequence) {
  for (std::string text :
       {std::string{"p"}, std::string{process}, std::string{"s"}, std::to_string(sequence)}) {
    fields.push_back(std::move(text));
  }
}

std::vector<std::string> texts_of(const redis::Reply& array) {
  std::vector<std::string> texts;
  texts.reserve(array.elements.size());
  for (const redis::Reply& element : array.elements) texts.push_back(element.text);
  return texts;
}

namespace {

/// `rooms` and `data`, as JSON, are what the two ways of keeping sessions differ in.
std::string session_json(const StoredSession& session, std::span<const std::string> rooms,
                         std::string_view data) {
  std::string json = "{";
  append_text(json, "pid", session.pid);
  append_text(json, "sid", session.sid);
  json += ",\"rooms\":";
  append_strings(json, rooms);
  json.append(",\"data\":").append(data);
  append_text(json, "nsp", session.nsp);
  append_text(json, "uid", session.uid);
  append_text(json, "startedAt", session.started_at);
  append_text(json, "lastSent", session.last_sent);
  append_text(json, "closedAt", session.closed_at);
  append_text(json, "epoch", session.epoch);
  json += '}';
  return json;
}

StoredSession session_of(std::string_view json) {
  StoredSession session;
  session.pid = text_of(json, "pid");
  session.sid = text_of(json, "sid");
  session.nsp = text_of(json, "nsp");
  session.uid = text_of(json, "uid");
  if (const auto rooms = find_member(json, "rooms")) session.rooms = parse_strings(*rooms);
  session.started_at = text_of(json, "startedAt");
  session.last_sent = text_of(json, "lastSent");
  session.closed_at = text_of(json, "closedAt");
  session.epoch = text_of(json, "epoch");
  return session;
}

}  // namespace

std::string encode_session(const StoredSession& session) {
  return session_json(session, session.rooms, session.data);
}

std::optional<StoredSession> decode_session(std::string_view json) {
  if (check_json(json) != JsonError::none || json_kind(json) != JsonKind::object) {
    return std::nullopt;
  }
  StoredSession session = session_of(json);
  session.data = find_member(json, "data").value_or("{}");
  return session;
}

std::string encode_adapter_session(const StoredSession& session) {
  std::vector<std::string> rooms = session.rooms;
  rooms.insert(rooms.begin(), session.sid);
  const auto packed = msgpack_from_json(session_json(session, rooms, session.data));
  std::string text;
  if (packed) append_base64(text, *packed);
  return text;
}

std::optional<StoredSession> decode_adapter_session(std::string_view text) {
  std::string packed;
  if (!append_base64_decoded(packed, text)) return std::nullopt;
  const auto unpacked = json_from_msgpack(packed);
  if (!unpacked || !unpacked->attachments.empty()) return std::nullopt;
  std::optional<StoredSession> session = decode_session(unpacked->json);
  if (!session || session->pid.empty() || session->sid.empty()) return std::nullopt;
  std::erase(session->rooms, session->sid);
  return session;
}

}  // namespace pushgate::node
