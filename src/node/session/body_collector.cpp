#include "node/session/body_collector.hpp"

#include <algorithm>

namespace pushgate::node {

BodyCollector::State BodyCollector::feed(std::string_view bytes) {
  if (framing_ == http::Framing::chunked) return feed_chunked(bytes);
  if (length_ > max_bytes_) return State::too_large;
  const std::size_t wanted = static_cast<std::size_t>(length_) - body_.size();
  body_.append(bytes.substr(0, wanted));
  if (body_.size() < length_) return State::wants_more;
  rest_.append(bytes.substr(std::min(wanted, bytes.size())));
  return State::complete;
}

BodyCollector::State BodyCollector::feed_chunked(std::string_view bytes) {
  // What the decoder has not consumed comes again, with what follows it.
  rest_.append(bytes);
  std::string_view left = rest_;
  while (!left.empty() && !decoder_.finished()) {
    const http::ChunkStep step = decoder_.step(left);
    if (step.error != http::ChunkError::none) return State::malformed;
    body_ += step.payload;
    if (body_.size() > max_bytes_) return State::too_large;
    if (step.consumed == 0) break;
    left.remove_prefix(step.consumed);
  }
  rest_.erase(0, rest_.size() - left.size());
  return decoder_.finished() ? State::complete : State::wants_more;
}

}  // namespace pushgate::node
