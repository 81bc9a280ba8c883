#pragma once
// cluster_dispatch.hpp - what a message of the cluster adapter family sets off, however it came.

#include <functional>
#include <string>
#include <string_view>

#include "node/bus/bus_wire.hpp"
#include "node/bus/cluster_codec.hpp"

namespace pushgate::node {

/// Sends an answer to the node `uid` in a namespace.
using ClusterRespond =
    std::function<void(const std::string& nsp, const std::string& uid, const ClusterData& data)>;

/// `own_uid` begins the ids of our requests. Messages that are answers to others are dropped.
void dispatch_cluster_message(ClusterMessage message, std::string_view own_uid, WireEvents& events,
                              const ClusterRespond& respond);

}  // namespace pushgate::node
