#pragma once
// check_command.hpp - `pushgate check` and `-T`: is the configuration in order, what is in effect,
// and whom would it move.

#include <string>

namespace pushgate::app {

/// Prints every error of both files. With `against` (an admin address or a router file) also what
/// share of the users would change nodes.
int check_configuration(const std::string& config_file, const std::string& against);

/// Prints both files with every default filled in, secrets redacted.
int dump_configuration(const std::string& config_file);

}  // namespace pushgate::app
