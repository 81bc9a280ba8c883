#include "node/store/audience.hpp"

#include <algorithm>

namespace pushgate::node {

bool is_meant_for(const BroadcastOptions& options, const Audience& audience) noexcept {
  const auto is_in = [&audience](const std::string& room) {
    return room == audience.id ||
           std::find(audience.rooms.begin(), audience.rooms.end(), room) != audience.rooms.end();
  };
  if (std::any_of(options.except.begin(), options.except.end(), is_in)) return false;
  return options.rooms.empty() || std::any_of(options.rooms.begin(), options.rooms.end(), is_in);
}

}  // namespace pushgate::node
