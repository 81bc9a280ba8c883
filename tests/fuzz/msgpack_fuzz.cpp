// msgpack_fuzz.cpp - any bytes as MessagePack: what is read is JSON, and writing it gives something
// that reads the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pushgate/node/bus/msgpack.hpp"
#include "pushgate/node/json_text.hpp"

namespace {

using namespace pushgate::node;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_bytes(std::string_view bytes) {
  MsgpackReader skipping{bytes};
  const auto skipped = skipping.skip();
  const auto value = json_from_msgpack(bytes);
  if (!value) return;
  require(skipped && skipped->size() == bytes.size());
  require(check_json(value->json) == JsonError::none);

  const auto written = msgpack_from_json(value->json, value->attachments);
  // The one thing that does not come back: a map that looks like a placeholder of nothing.
  if (!written) return;
  const auto again = json_from_msgpack(*written);
  require(again.has_value());
  require(msgpack_from_json(again->json, again->attachments) == written);
}

bool holds_infinity(std::string_view written) {
  return written.find("\xcb\x7f\xf0") != std::string_view::npos ||
         written.find("\xcb\xff\xf0") != std::string_view::npos;
}

void check_text(std::string_view text) {
  if (check_json(text) != JsonError::none) return;
  const auto written = msgpack_from_json(text);
  require(written.has_value());
  const auto again = json_from_msgpack(*written);
  require(again.has_value() && again->attachments.empty());
  const auto rewritten = msgpack_from_json(again->json);
  require(rewritten.has_value());
  // What comes back is what JSON.stringify makes of a number beyond a double: null.
  require(rewritten == written || holds_infinity(*written));
  require(json_from_msgpack(*rewritten)->json == again->json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  check_bytes(bytes);
  check_text(bytes);
  return 0;
}
