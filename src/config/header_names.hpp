#pragma once
// header_names.hpp - which header names and Upgrade protocols a configuration may name. Sans-I/O.

#include <string>
#include <string_view>

#include "pushgate/base/field_text.hpp"

namespace pushgate::config {

/// Why the agent may not put a value of its own into this header; empty if it may. Refused are
/// hop-by-hop and framing fields, and those that the agent writes itself.
std::string fault_of_own_header(std::string_view name);

/// Why a request may not switch to this protocol through the agent; empty if it may. Refused are
/// other versions of HTTP: a tunnel to a node that speaks HTTP would carry requests that nobody
/// checks.
std::string fault_of_upgrade_protocol(std::string_view protocol);

}  // namespace pushgate::config
