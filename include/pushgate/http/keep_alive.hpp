#pragma once
// keep_alive.hpp - how long does a node keep an idle connection open (Keep-Alive: timeout=5)?

#include <chrono>
#include <span>
#include <string_view>

#include "pushgate/http/head.hpp"

namespace pushgate::http {

/// How long a connection may idle and still be used again, by the value of a Keep-Alive field: a
/// second less than the `timeout` in it, because a request that meets the node's close on its way
/// is lost. Zero: not at all. milliseconds::max(): it says nothing, or nothing that is a number of
/// seconds. A day at most.
///
/// `max` is ignored: whoever counts requests says `Connection: close` with the last one.
std::chrono::milliseconds safe_idle_time(std::string_view keep_alive) noexcept;

/// The shortest that any Keep-Alive field of a response allows.
std::chrono::milliseconds safe_idle_time(std::span<const Field> fields) noexcept;

}  // namespace pushgate::http
