#include "pushgate/node/bus/local_bus.hpp"

#include "node/bus/process_bus.hpp"

namespace pushgate::node {

std::unique_ptr<Bus> make_local_bus(runtime::IoThread& thread) {
  return std::make_unique<ProcessBus>(thread, nullptr, "local");
}

}  // namespace pushgate::node
