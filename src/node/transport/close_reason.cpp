#include "pushgate/node/transport/close_reason.hpp"

namespace pushgate::node {

std::string_view name_of(CloseReason reason) noexcept {
  switch (reason) {
    case CloseReason::transport_error:
      return "transport error";
    case CloseReason::transport_close:
      return "transport close";
    case CloseReason::forced_close:
      return "forced close";
    case CloseReason::ping_timeout:
      return "ping timeout";
    case CloseReason::parse_error:
      return "parse error";
    case CloseReason::server_namespace_disconnect:
      return "server namespace disconnect";
    case CloseReason::client_namespace_disconnect:
      return "client namespace disconnect";
    case CloseReason::server_shutting_down:
      return "server shutting down";
    case CloseReason::forced_server_close:
      return "forced server close";
    case CloseReason::too_many_events:
      return "too many events";
    case CloseReason::slow_consumer:
      return "slow consumer";
  }
  return {};
}

bool is_recoverable(CloseReason reason) noexcept {
  switch (reason) {
    case CloseReason::transport_error:
    case CloseReason::transport_close:
    case CloseReason::forced_close:
    case CloseReason::ping_timeout:
    case CloseReason::server_shutting_down:
    case CloseReason::forced_server_close:
    case CloseReason::slow_consumer:
      return true;
    case CloseReason::parse_error:
    case CloseReason::too_many_events:
    case CloseReason::server_namespace_disconnect:
    case CloseReason::client_namespace_disconnect:
      return false;
  }
  return false;
}

}  // namespace pushgate::node
