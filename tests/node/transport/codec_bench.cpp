// codec_bench.cpp - cost of reading and writing packets. Run: build/release/bench/codec_bench
//
// What a good run looks like: a small event or a CONNECT decoded in well under 100 ns, long text at
// a gigabyte per second or more, an id made in 50 ns.

#include <array>

#include <benchmark/benchmark.h>

#include "pushgate/base/base64.hpp"
#include "pushgate/node/transport/packet_assembler.hpp"
#include "pushgate/node/transport/payload_codec.hpp"

namespace {

using namespace pushgate::node;

void decode(benchmark::State& state, std::string_view text) {
  PacketView packet;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(text);
    if (decode_packet(text, {}, packet) != PacketError::none) state.SkipWithError("refused");
    benchmark::DoNotOptimize(packet);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

std::string long_event(std::string_view filling) {
  std::string text = "2[\"msg\",\"";
  while (text.size() < 4'000) text += filling;
  return text + "\"]";
}

void BM_decode_event(benchmark::State& state) { decode(state, R"(2["msg",{"a":1}])"); }
void BM_decode_connect(benchmark::State& state) { decode(state, "0"); }
void BM_decode_connect_with_auth(benchmark::State& state) {
  decode(state, R"(0/chat,{"token":"eyJhbGciOiJIUzI1NiJ9.eyJ1aWQiOiIxMjM0In0.c2lnbmF0dXJl"})");
}
void BM_decode_ack(benchmark::State& state) { decode(state, R"(312["ok"])"); }
void BM_decode_room(benchmark::State& state) {
  decode(state,
         R"(2["room",{"room":"live-4711","event":"comment","text":"Hello!","uid":12345678}])");
}
void BM_decode_binary(benchmark::State& state) {
  decode(state, R"(51-["baz",{"_placeholder":true,"num":0}])");
}
void BM_decode_4k_ascii(benchmark::State& state) { decode(state, long_event("lorem ipsum ")); }
void BM_decode_4k_chinese(benchmark::State& state) {
  decode(state, long_event("\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96\xe7\x95\x8c"));
}
BENCHMARK(BM_decode_event);
BENCHMARK(BM_decode_connect);
BENCHMARK(BM_decode_connect_with_auth);
BENCHMARK(BM_decode_ack);
BENCHMARK(BM_decode_room);
BENCHMARK(BM_decode_binary);
BENCHMARK(BM_decode_4k_ascii);
BENCHMARK(BM_decode_4k_chinese);

void BM_assemble_event(benchmark::State& state) {
  PacketAssembler assembler;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(assembler.on_text(R"(2["msg",{"a":1}])", {}));
  }
}
BENCHMARK(BM_assemble_event);

void BM_encode_event_with_offset(benchmark::State& state) {
  std::string out;
  for ([[maybe_unused]] auto _ : state) {
    out.clear();
    append_packet(out, {.nsp = "/chat"}, R"(["msg",{"a":1}])", "Q7v_ML-");
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_encode_event_with_offset);

void read_payload(benchmark::State& state, PayloadForm form) {
  std::string body;
  for (int i = 0; i < 10; ++i) append_payload_text(body, form, R"(42["msg",{"a":1}])");
  for ([[maybe_unused]] auto _ : state) {
    PayloadReader reader{form, body};
    EnginePacket packet;
    while (reader.next(packet) == PayloadReader::Step::packet) benchmark::DoNotOptimize(packet);
  }
}
void BM_read_10_packets_v4(benchmark::State& state) { read_payload(state, PayloadForm::v4_text); }
void BM_read_10_packets_v3(benchmark::State& state) { read_payload(state, PayloadForm::v3_text); }
BENCHMARK(BM_read_10_packets_v4);
BENCHMARK(BM_read_10_packets_v3);

void BM_base64_4k(benchmark::State& state) {
  const std::string bytes(4'096, '\xa5');
  std::string text;
  std::string back;
  for ([[maybe_unused]] auto _ : state) {
    text.clear();
    back.clear();
    pushgate::append_base64(text, bytes);
    if (!pushgate::append_base64_decoded(back, text)) state.SkipWithError("refused");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(BM_base64_4k);

void BM_session_id(benchmark::State& state) {
  IdGenerator ids{1, 2};
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(ids.next_session_id().text());
}
BENCHMARK(BM_session_id);

void BM_parse_session_id(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    std::string_view text = "EJ46pD6F5XkV1OkwAAAA";
    benchmark::DoNotOptimize(text);
    benchmark::DoNotOptimize(SessionId::parse(text));
  }
}
BENCHMARK(BM_parse_session_id);

}  // namespace
