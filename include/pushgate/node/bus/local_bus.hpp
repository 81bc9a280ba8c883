#pragma once
// local_bus.hpp - the bus among the nodes of one process, with nothing outside it.

#include <memory>

#include "pushgate/node/bus/bus.hpp"
#include "pushgate/runtime/io_threads.hpp"

namespace pushgate::node {

/// Always `up`. `thread` is the bus thread; it outlives the bus's last call, not the bus.
std::unique_ptr<Bus> make_local_bus(runtime::IoThread& thread);

}  // namespace pushgate::node
