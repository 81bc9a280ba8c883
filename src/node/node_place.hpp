#pragma once
// node_place.hpp - where a node listens, and what it is called because of that.

#include <string>
#include <vector>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/result.hpp"
#include "pushgate/base/unique_fd.hpp"

namespace pushgate::config {
struct NodeConfig;
}

namespace pushgate::node {

/// An address that belongs to one node alone, as long as it holds the sockets.
struct NodePlace {
  Endpoint bound;                 ///< with the port that the kernel chose, if it was to
  std::vector<UniqueFd> sockets;  ///< listening, one for each io thread
};

/// With several threads the sockets share the port among themselves, but with no other process:
/// two nodes of one name would each have half of the other's requests. Errors are those of bind(2).
Result<NodePlace> take_place(const Endpoint& address, unsigned threads);

/// What the process's nodes are called, without their ports: node.name, or the host's name. That
/// has the address behind it if the nodes listen on one of several, where another process may have
/// the same ports on another.
std::string node_name_prefix(const config::NodeConfig& config);

/// "<prefix>:<port>". No two nodes of a host have the same name at a time, and one with a
/// configured port has the same name each time.
std::string node_name(const std::string& prefix, const Endpoint& bound);

}  // namespace pushgate::node
