#pragma once
// presence_events.hpp - what the members of a room are told about each other, and the leases that
// tell it for those who cannot.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "pushgate/base/result.hpp"
#include "pushgate/node/envelope.hpp"

#include "node/bus_factory.hpp"
#include "node/presence/presence_leases.hpp"

namespace pushgate::node {

class NodeCore;

/// {"socket":"...","uid":"..."}; without a uid if it is empty.
std::string presence_member(std::string_view socket, std::string_view uid);

/// The event for a room: `members` are objects as above, with commas between them.
Envelope presence_event(std::string nsp, std::string room, bool is_join, std::string_view members);

/// Precondition: daemon.redis. `node` gives one node of the process; it is called when the nodes
/// run, on any thread.
Result<std::unique_ptr<PresenceLeases>> make_presence_leases(
    const config::DaemonConfig& daemon, const BusContext& context,
    const std::function<NodeCore&()>& node);

}  // namespace pushgate::node
