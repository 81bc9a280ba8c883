#include "node/hub/message.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "pushgate/node/json_text.hpp"
#include "pushgate/node/transport/engineio_codec.hpp"
#include "pushgate/websocket/frame_codec.hpp"

#include "node/hub/compressor.hpp"

namespace pushgate::node {

using websocket::Opcode;

namespace {

/// A text that is worth it compressed, or as it is.
void append_text_frame(std::string& out, std::string_view text, Compressor* compressor) {
  const std::optional<std::string_view> compressed =
      compressor != nullptr ? compressor->compress(text) : std::nullopt;
  if (compressed) {
    websocket::append_frame(out, Opcode::text, *compressed, {.rsv1 = true});
    return;
  }
  websocket::append_frame(out, Opcode::text, text);
}

std::string event_stream_form(std::string_view event, const std::string& offset) {
  JsonElements elements(event);
  const std::string name = decode_json_string(elements.next().value_or("")).value_or("message");
  const std::string_view arguments = elements.rest();
  JsonElements rest(event);
  rest.next();
  const std::optional<std::string_view> first = rest.next();
  const bool is_alone = first && !rest.next();

  std::string out;
  if (!offset.empty()) out += "id: " + offset + "\n";
  // A line feed in the name would begin a field of its own.
  if (name != "message" && name.find_first_of("\r\n") == std::string::npos) {
    out += "event: " + name + "\n";
  }
  std::string data;
  if (is_alone) {
    data = decode_json_string(*first).value_or(std::string{*first});
  } else {
    data.append("[").append(arguments).append("]");
  }
  for (std::size_t begin = 0; begin <= data.size();) {
    const std::size_t end = std::min(data.find_first_of("\r\n", begin), data.size());
    out.append("data: ").append(data, begin, end - begin).append("\n");
    const bool is_crlf = data.compare(end, 2, "\r\n") == 0;
    begin = end + (is_crlf ? 2 : 1);
  }
  out += "\n";
  return out;
}

}  // namespace

Message::~Message() {
  for (const std::atomic<const std::string*>& form : forms_) {
    drop(form.load(std::memory_order_relaxed));
  }
}

/// The frame is one of the forms where nothing else is needed, and no copy is made of it.
void Message::drop(const std::string* form) const noexcept {
  if (form != &content_.frame) delete form;
}

std::string_view Message::event() const noexcept {
  if (content_.event_at == 0) return {};
  if (!content_.event.empty()) return content_.event;
  return text().substr(content_.event_at);
}

std::size_t Message::polling_bytes() const noexcept {
  if (content_.is_control) return 0;
  std::size_t bytes = text().size() + 1;
  for (const std::string& attachment : content_.attachments) {
    bytes += (attachment.size() + 2) / 3 * 4 + 2;
  }
  return bytes;
}

const std::string& Message::form(WireKind kind, Compressor* compressor) const {
  if (content_.is_control) return content_.frame;
  // Without attachments the two revisions of Engine.IO look the same.
  if (content_.attachments.empty()) {
    if (kind == WireKind::engine4 || kind == WireKind::engine3) return content_.frame;
    if (kind == WireKind::engine3_deflated) kind = WireKind::engine4_deflated;
  }
  std::atomic<const std::string*>& slot = forms_[static_cast<std::size_t>(kind)];
  if (const std::string* const known = slot.load(std::memory_order_acquire)) return *known;
  const std::string* const made = make_form(kind, compressor);
  const std::string* expected = nullptr;
  if (!slot.compare_exchange_strong(expected, made, std::memory_order_acq_rel)) {
    drop(made);
    return *expected;  // another thread was first
  }
  return *made;
}

/// The frame itself, or something to be dropped.
const std::string* Message::make_form(WireKind kind, Compressor* compressor) const {
  if (!is_deflated(kind)) compressor = nullptr;
  const bool is_short = compressor != nullptr && !compressor->is_worth(text());
  if (kind == WireKind::engine4_deflated && is_short && content_.attachments.empty()) {
    return &content_.frame;
  }
  return new std::string(encode(kind, compressor));
}

std::string Message::encode(WireKind kind, Compressor* compressor) const {
  std::string out;
  switch (kind) {
    case WireKind::polling:
      return out;
    case WireKind::event_stream:
      return content_.event_at == 0 ? out : event_stream_form(event(), content_.offset);
    case WireKind::plain:
    case WireKind::plain_deflated:
      return content_.event_at == 0 ? out : plain_form(compressor);
    case WireKind::engine4:
    case WireKind::engine3:
    case WireKind::engine4_deflated:
    case WireKind::engine3_deflated:
      break;
  }
  const bool is_v3 = kind == WireKind::engine3 || kind == WireKind::engine3_deflated;
  append_text_frame(out, text(), compressor);
  for (const std::string& attachment : content_.attachments) {
    std::string packet;
    append_binary_packet(packet, is_v3 ? EngineVersion::v3 : EngineVersion::v4, attachment);
    websocket::append_frame(out, Opcode::binary, packet);
  }
  return out;
}

std::string Message::plain_form(Compressor* compressor) const {
  std::string out;
  const PlainPayload payload = plain_payload(event(), content_.attachments);
  if (payload.is_binary) {
    websocket::append_frame(out, Opcode::binary, payload.bytes);
  } else {
    append_text_frame(out, payload.bytes, compressor);
  }
  return out;
}

PlainPayload plain_payload(std::string_view event, const std::vector<std::string>& attachments) {
  JsonElements elements(event);
  const bool is_message = json_string_equals(elements.next().value_or(""), "message");
  const std::optional<std::string_view> argument = elements.next();
  if (is_message && argument && !elements.next()) {
    if (attachments.size() == 1 && json_kind(*argument) == JsonKind::object) {
      return {attachments.front(), true};
    }
    if (std::optional<std::string> text = decode_json_string(*argument)) {
      return {std::move(*text), false};
    }
  }
  return {std::string{event}, false};
}

}  // namespace pushgate::node
