#pragma once
// compressor.hpp - when a message is worth compressing. One per io thread. Sans-I/O.

#include <optional>
#include <string_view>

#include "pushgate/websocket/deflate.hpp"
#include "pushgate/websocket/permessage_deflate.hpp"

namespace pushgate::node {

class Compressor {
 public:
  explicit Compressor(const websocket::DeflateSettings& settings)
      : threshold_bytes_(settings.threshold_bytes), deflater_(settings) {}

  bool is_worth(std::string_view text) const noexcept { return text.size() >= threshold_bytes_; }

  /// The compressed payload, valid until the next call; nullopt if the text is too short for that,
  /// or does not become shorter.
  std::optional<std::string_view> compress(std::string_view text) {
    if (!is_worth(text)) return std::nullopt;
    const std::string_view compressed = deflater_.compress(text);
    if (compressed.size() >= text.size()) return std::nullopt;
    return compressed;
  }

 private:
  std::size_t threshold_bytes_;
  websocket::Deflater deflater_;
};

}  // namespace pushgate::node
