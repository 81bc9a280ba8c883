// http_chunked_fuzz.cpp - any bytes as a chunked body, at once and in pieces whose size the first
// byte chooses: both must give the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pushgate/http/chunked_decoder.hpp"

namespace {

using namespace pushgate::http;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Decoded {
  std::string payload;
  std::string trailers;
  std::size_t consumed = 0;
  bool finished = false;
  ChunkError error = ChunkError::none;
};

Decoded decode(std::string_view bytes, std::size_t piece_bytes) {
  ChunkedDecoder decoder{256};
  Decoded result;
  while (result.consumed < bytes.size()) {
    const std::string_view piece = bytes.substr(result.consumed, piece_bytes);
    const ChunkStep step = decoder.step(piece);
    require(step.consumed <= piece.size() && step.payload.size() <= step.consumed);
    require(step.payload.empty() ||
            (step.payload.data() >= piece.data() &&
             step.payload.data() + step.payload.size() <= piece.data() + piece.size()));
    result.payload += step.payload;
    result.consumed += step.consumed;
    result.finished = step.finished;
    result.error = step.error;
    if (step.error != ChunkError::none || step.finished) break;
    require(step.consumed > 0);
  }
  result.trailers = decoder.trailers();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const Decoded whole = decode(bytes, bytes.size());
  const Decoded pieces = decode(bytes, 1 + data[0] % 16u);
  require(whole.error == pieces.error && whole.finished == pieces.finished);
  require(whole.payload == pieces.payload);
  if (whole.error != ChunkError::none) return 0;
  require(whole.consumed == pieces.consumed && whole.trailers == pieces.trailers);
  if (whole.finished) require(bytes.substr(0, whole.consumed).ends_with("\r\n"));
  return 0;
}
