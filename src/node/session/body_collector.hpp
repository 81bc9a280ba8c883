#pragma once
// body_collector.hpp - the body of a request, put together from pieces. Sans-I/O.

#include <cstdint>
#include <string>
#include <string_view>

#include "pushgate/http/chunked_decoder.hpp"
#include "pushgate/http/head.hpp"

namespace pushgate::node {

class BodyCollector {
 public:
  enum class State : std::uint8_t { wants_more, complete, too_large, malformed };

  BodyCollector(const http::RequestHead& head, std::size_t max_bytes) noexcept
      : framing_(head.framing),
        length_(head.framing == http::Framing::length ? head.content_length : 0),
        max_bytes_(max_bytes) {}

  /// Whatever is behind the end of the body is kept for rest().
  State feed(std::string_view bytes);

  std::string& body() noexcept { return body_; }
  /// What followed the body: the beginning of the next request. Meaningful once complete.
  std::string& rest() noexcept { return rest_; }

 private:
  State feed_chunked(std::string_view bytes);

  http::Framing framing_;
  std::uint64_t length_;
  std::size_t max_bytes_;
  http::ChunkedDecoder decoder_;
  std::string body_;
  std::string rest_;
};

}  // namespace pushgate::node
