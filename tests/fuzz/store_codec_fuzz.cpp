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

namespace {

void require(bool holds) {
  if (!holds) std::abort();
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
  std::vector<std::string> found = split(bytes);
  tag_of(found);
  options_of(found);
  const std::optional<Envelope> envelope = envelope_of(found);
  if (!envelope) return;
  require(check_json(envelope->packet.data) == JsonError::none);
  require(json_kind(envelope->packet.data) == JsonKind::array);
  require(envelope->packet.nsp == namespace_of(found));

  std::vector<std::string> fields = fields_of(*envelope);
  append_tag(fields, "process", found.size());
  require(tag_of(fields).process == "process" && tag_of(fields).sequence == found.size());
  require(options_of(fields) == envelope->options);
  const std::optional<Envelope> again = envelope_of(fields);
  require(again.has_value());
  require(again->packet == envelope->packet && again->options == envelope->options);
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
