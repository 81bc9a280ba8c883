#pragma once
// check_command.hpp - `pushgate check` and `-T`: is the configuration in order, what is in effect,
// and whom would it move.

#include <string>

#include "app/config_source.hpp"

namespace pushgate::app {

/// Whether the sample requests beside the configuration and its scripts are run. They ask Redis and
/// services, so what is done before a daemon starts must not wait for them.
enum class Samples : bool { leave, run };

/// Prints every error of what the role reads. With `against` (an admin address or a router file)
/// also what share of the users would change nodes.
int check_configuration(const ConfigSource& source, const std::string& against, Samples samples);

/// Prints it with every default filled in, secrets redacted.
int dump_configuration(const ConfigSource& source);

}  // namespace pushgate::app
