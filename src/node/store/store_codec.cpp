#include "node/store/store_codec.hpp"

#include <utility>

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
  append_options(options, envelope.options, false);
  std::vector<std::string> fields{"d", envelope.packet.data, "o", std::move(options)};
  for (const std::string& attachment : envelope.packet.attachments) {
    fields.emplace_back("b");
    fields.push_back(attachment);
  }
  return fields;
}

std::optional<Envelope> envelope_of(const std::vector<redis::Reply>& fields, std::string_view nsp) {
  Envelope envelope;
  envelope.packet.nsp = nsp;
  envelope.packet.data.clear();
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const std::string& name = fields[i].text;
    const std::string& value = fields[i + 1].text;
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

std::string encode_session(const StoredSession& session) {
  std::string json = "{";
  append_text(json, "pid", session.pid);
  append_text(json, "sid", session.sid);
  append_text(json, "nsp", session.nsp);
  append_text(json, "uid", session.uid);
  json += ",\"rooms\":";
  append_strings(json, session.rooms);
  append_text(json, "data", session.data);
  append_text(json, "startedAt", session.started_at);
  append_text(json, "lastSent", session.last_sent);
  append_text(json, "closedAt", session.closed_at);
  json += '}';
  return json;
}

std::optional<StoredSession> decode_session(std::string_view json) {
  if (check_json(json) != JsonError::none || json_kind(json) != JsonKind::object) {
    return std::nullopt;
  }
  StoredSession session;
  session.pid = text_of(json, "pid");
  session.sid = text_of(json, "sid");
  session.nsp = text_of(json, "nsp");
  session.uid = text_of(json, "uid");
  if (const auto rooms = find_member(json, "rooms")) session.rooms = parse_strings(*rooms);
  session.data = text_of(json, "data");
  session.started_at = text_of(json, "startedAt");
  session.last_sent = text_of(json, "lastSent");
  session.closed_at = text_of(json, "closedAt");
  return session;
}

}  // namespace pushgate::node
