// engineio_payload_fuzz.cpp - any bytes as the body of a polling request; the first byte chooses
// the form. What can be read, written again in the same form, is read as the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/text.hpp"
#include "pushgate/node/transport/payload_codec.hpp"

namespace {

using namespace pushgate::node;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Packets {
  std::vector<EnginePacket> all;
  bool good = true;
};

Packets read(PayloadForm form, std::string_view body) {
  Packets packets;
  PayloadReader reader{form, body};
  for (;;) {
    EnginePacket packet;
    const PayloadReader::Step step = reader.next(packet);
    packets.good = step != PayloadReader::Step::malformed;
    if (step != PayloadReader::Step::packet) return packets;
    require(packet.text.size() + packet.bytes.size() <= body.size());
    require(packet.is_binary ? packet.text.empty() : packet.bytes.empty());
    require(packet.text.empty() ||
            (packet.text.data() >= body.data() &&
             packet.text.data() + packet.text.size() <= body.data() + body.size()));
    packets.all.push_back(std::move(packet));
    require(packets.all.size() <= body.size());
  }
}

std::string write(PayloadForm form, const Packets& packets) {
  std::string body;
  for (const EnginePacket& packet : packets.all) {
    std::string text;
    append_text_packet(text, packet.type, packet.text);
    if (packet.is_binary) {
      append_payload_binary(body, form, packet.bytes);
    } else {
      append_payload_text(body, form, text);
    }
  }
  return body;
}

void check_payload(PayloadForm form, std::string_view body) {
  const Packets first = read(form, body);
  if (!first.good || first.all.empty()) return;
  const std::string again = write(form, first);
  const Packets second = read(form, again);
  require(second.good && second.all.size() == first.all.size());
  for (std::size_t i = 0; i < first.all.size(); ++i) {
    require(first.all[i].type == second.all[i].type && first.all[i].text == second.all[i].text);
    require(first.all[i].bytes == second.all[i].bytes);
  }
}

void check_jsonp(std::string_view body) {
  if (const auto payload = decode_jsonp_form(body)) require(payload->size() <= body.size());
  const std::string script = jsonp_body(body, body);
  require(pushgate::is_valid_utf8(script) && script.find('\n') == script.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body{reinterpret_cast<const char*>(data) + 1, size - 1};
  if (data[0] % 4 == 3) {
    check_jsonp(body);
  } else {
    check_payload(static_cast<PayloadForm>(data[0] % 4), body);
  }
  return 0;
}
