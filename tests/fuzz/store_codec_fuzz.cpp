// store_codec_fuzz.cpp - what is read from Redis may be anybody's: whatever is taken for an event
// or a session can be sent on, and is read the same when it is written again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/json_text.hpp"

#include "node/store/store_codec.hpp"

using namespace pushgate::node;
namespace redis = pushgate::redis;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<redis::Reply> as_replies(const std::vector<std::string>& texts) {
  std::vector<redis::Reply> replies(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) replies[i].text = texts[i];
  return replies;
}

/// Names and values, each up to a zero byte.
std::vector<std::string> split(std::string_view bytes) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = bytes.find('\0');
    parts.emplace_back(bytes.substr(0, end));
    if (end == std::string_view::npos) return parts;
    bytes.remove_prefix(end + 1);
  }
}

void check_event(std::string_view bytes) {
  const std::optional<Envelope> envelope = envelope_of(as_replies(split(bytes)), "/n");
  if (!envelope) return;
  require(check_json(envelope->packet.data) == JsonError::none);
  require(json_kind(envelope->packet.data) == JsonKind::array);
  require(envelope->packet.nsp == "/n");

  const std::vector<std::string> fields = fields_of(*envelope);
  const std::optional<Envelope> again = envelope_of(as_replies(fields), "/n");
  require(again.has_value());
  require(again->packet == envelope->packet);
  require(fields_of(*again) == fields);
}

void check_session(std::string_view json) {
  const std::optional<StoredSession> session = decode_session(json);
  if (!session) return;
  const std::string written = encode_session(*session);
  require(check_json(written) == JsonError::none);
  require(decode_session(written) == session);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  check_event(bytes);
  check_session(bytes);
  return 0;
}
