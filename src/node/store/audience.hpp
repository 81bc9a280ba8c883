#pragma once
// audience.hpp - was this broadcast meant for somebody who is not here just now? Sans-I/O.

#include <span>
#include <string>
#include <string_view>

#include "pushgate/node/packet.hpp"

namespace pushgate::node {

/// Whom somebody's rooms make an addressee. The id is a room too.
struct Audience {
  std::span<const std::string> rooms;
  std::string_view id;
};

/// The same answer that the rooms would have given on delivery.
bool is_meant_for(const BroadcastOptions& options, const Audience& audience) noexcept;

}  // namespace pushgate::node
