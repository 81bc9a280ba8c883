#include <fmt/format.h>

#include "pushgate/node/bus/msgpack.hpp"

#include "node/bus/classic_codec.hpp"
#include "node/bus/message_text.hpp"

namespace pushgate::node {

namespace {

void write_strings(MsgpackWriter& out, const std::vector<std::string>& strings) {
  out.array(strings.size());
  for (const std::string& text : strings) out.string(text);
}

void write_flags(MsgpackWriter& out, const BroadcastFlags& flags) {
  out.map((flags.is_volatile ? 1u : 0u) + (flags.compress ? 0u : 1u) + (flags.timeout ? 1u : 0u) +
          (flags.log.empty() ? 0u : 1u));
  if (flags.is_volatile) {
    out.string("volatile");
    out.boolean(true);
  }
  if (!flags.compress) {
    out.string("compress");
    out.boolean(false);
  }
  if (flags.timeout) {
    out.string("timeout");
    out.number(static_cast<double>(flags.timeout->count()));
  }
  if (!flags.log.empty()) {
    out.string("log");
    out.string(flags.log);
  }
}

/// One value as JSON, on its own.
std::optional<JsonWithAttachments> read_json(MsgpackReader& reader) {
  JsonWithAttachments value;
  if (!reader.to_json(value.json, value.attachments)) return std::nullopt;
  return value;
}

bool read_packet(MsgpackReader& reader, Packet& packet) {
  const auto members = reader.map();
  if (!members) return false;
  bool is_event = false;
  packet.data.clear();
  for (std::size_t i = 0; i < *members; ++i) {
    const auto name = reader.string();
    if (!name) return false;
    if (*name == "data" && reader.kind() == MsgpackKind::array) {
      packet.data.clear();
      packet.attachments.clear();
      if (!reader.to_json(packet.data, packet.attachments)) return false;
    } else if (*name == "type" && reader.kind() == MsgpackKind::number) {
      const auto type = reader.number();
      if (!type) return false;
      is_event = *type == 2 || *type == 5;  // 5: binary, as older adapters tell it apart
    } else if (*name == "nsp" && reader.kind() == MsgpackKind::string) {
      const auto nsp = reader.string();
      if (!nsp) return false;
      packet.nsp = *nsp;
    } else if (!reader.skip()) {
      return false;
    }
  }
  return is_event && packet.data.size() > 2;  // more than "[]"
}

}  // namespace

std::string classic_broadcast_head(std::string_view uid) {
  std::string head;
  MsgpackWriter out{head};
  out.array(3);
  out.string(uid);
  return head;
}

std::optional<std::string> encode_classic_broadcast(std::string_view uid,
                                                    const Envelope& envelope) {
  std::string payload = classic_broadcast_head(uid);
  payload.reserve(payload.size() + envelope.packet.data.size() + 128);
  MsgpackWriter out{payload};
  out.map(3);
  out.string("type");
  out.number(2);
  out.string("data");
  if (!out.json(envelope.packet.data, envelope.packet.attachments)) return std::nullopt;
  out.string("nsp");
  out.string(envelope.packet.nsp);
  out.map(3);
  out.string("rooms");
  write_strings(out, envelope.options.rooms);
  out.string("except");
  write_strings(out, envelope.options.except);
  out.string("flags");
  write_flags(out, envelope.options.flags);
  return payload;
}

std::optional<Envelope> decode_classic_broadcast(std::string_view payload) {
  MsgpackReader reader{payload};
  const auto parts = reader.array();
  if (!parts || *parts < 2) return std::nullopt;
  Envelope envelope;
  const auto uid = reader.string();
  if (!uid || !read_packet(reader, envelope.packet)) return std::nullopt;
  envelope.origin = *uid;
  if (*parts == 2) return envelope;  // no options: to everybody
  const auto options = read_json(reader);
  if (!options) return std::nullopt;
  envelope.options = parse_options(options->json);
  for (std::size_t i = 3; i < *parts; ++i) {
    if (!reader.skip()) return std::nullopt;
  }
  if (!reader.at_end()) return std::nullopt;
  return envelope;
}

}  // namespace pushgate::node
