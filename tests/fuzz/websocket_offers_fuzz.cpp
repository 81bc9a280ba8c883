// websocket_offers_fuzz.cpp - any bytes as offers of extensions.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pushgate/websocket/permessage_deflate.hpp"

namespace {

using namespace pushgate::websocket;
using Outcome = DeflateAnswer::Outcome;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view offers{reinterpret_cast<const char*>(data) + 1, size - 1};
  DeflateSettings settings;
  settings.enabled = true;
  settings.server_window_bits = 9 + data[0] % 7;
  const DeflateAnswer answer = negotiate_deflate(offers, settings);
  require(answer.field.empty() == !answer.accepted());

  // What we answer is itself an offer that we would accept, with the same answer.
  if (answer.accepted()) {
    require(negotiate_deflate(answer.field, settings).field == answer.field);
  }
  // An acceptable offer behind them changes nothing but a refusal for other reasons than syntax.
  const DeflateAnswer more =
      negotiate_deflate(std::string{offers} + ", permessage-deflate", settings);
  if (answer.outcome == Outcome::declined) {
    require(more.accepted());
  } else {
    require(more.outcome == answer.outcome && more.field == answer.field);
  }
  settings.enabled = false;
  require(negotiate_deflate(offers, settings).outcome == Outcome::declined);
  return 0;
}
