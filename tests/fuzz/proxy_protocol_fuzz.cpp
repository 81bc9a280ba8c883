// Any bytes as a PROXY protocol header: what is decided early stays decided.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pushgate/net/proxy_protocol.hpp"

namespace {

using pushgate::net::ProxyHeaderStatus;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto whole = pushgate::net::parse_proxy_header(bytes);
  require(whole.source.has_value() == whole.destination.has_value());
  require(whole.status == ProxyHeaderStatus::done || !whole.source);
  require(whole.header_bytes <= size);
  if (whole.status == ProxyHeaderStatus::done) {
    require(whole.header_bytes > 0);
    // The same header alone means the same, and no shorter piece of it is complete or refused.
    const auto alone = pushgate::net::parse_proxy_header(bytes.substr(0, whole.header_bytes));
    require(alone.status == whole.status && alone.source == whole.source);
    const auto shorter = pushgate::net::parse_proxy_header(bytes.substr(0, whole.header_bytes - 1));
    require(shorter.status == ProxyHeaderStatus::need_more);
  }
  if (whole.status == ProxyHeaderStatus::need_more) {
    for (std::size_t length = 0; length < size; ++length) {
      const auto part = pushgate::net::parse_proxy_header(bytes.substr(0, length));
      require(part.status == ProxyHeaderStatus::need_more);
    }
  }
  return 0;
}
