#include "node/node_place.hpp"

#include <utility>

#include <unistd.h>

#include "pushgate/config/node_config.hpp"
#include "pushgate/net/listener.hpp"

namespace pushgate::node {

namespace {

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? std::string{name} : std::string{"node"};
}

/// Nobody else on this host can have a port on 127.0.0.1 that one of these has.
bool is_usual(const IpAddress& address) {
  return address == IpAddress{} || address == IpAddress::v6({}) ||
         address == IpAddress::v4({127, 0, 0, 1});
}

}  // namespace

Result<NodePlace> take_place(const Endpoint& address, unsigned threads) {
  NodePlace place;
  Result<std::vector<UniqueFd>> sockets = net::open_listeners(address, threads);
  if (!sockets) return sockets.error();
  place.sockets = std::move(*sockets);
  place.bound = net::bound_endpoint(place.sockets.front().get());
  return place;
}

std::string node_name_prefix(const config::NodeConfig& config) {
  if (!config.name.empty()) return config.name;
  std::string name = host_name();
  if (!is_usual(config.address)) name.append("@").append(config.address.to_string());
  return name;
}

std::string node_name(const std::string& prefix, const Endpoint& bound) {
  return prefix + ":" + std::to_string(bound.port());
}

}  // namespace pushgate::node
