#pragma once
// node_reader.hpp - the key "node" of pushgate.json, and its larger parts.

#include "pushgate/config/node_config.hpp"

#include "config/reader.hpp"

namespace pushgate::config {

/// The key "node". `out.store.kind` is what holds if the file does not say.
void read_node(const Value& value, NodeConfig& out);

/// "cors" and "trustedAgents" stand in node_reader.cpp, what rooms are in node_rooms_reader.cpp,
/// the ways in from other programs in node_services_reader.cpp.
void read_messages(ObjectReader& reader, NodeConfig& out);
void read_services(ObjectReader& reader, NodeConfig& out);

}  // namespace pushgate::config
