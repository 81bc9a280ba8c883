#pragma once
// key_files.hpp - the keys that a configuration names, as far as they are on this machine.

#include <string>

#include "pushgate/config/identity_config.hpp"

#include "agent/token/key_set.hpp"

namespace pushgate::agent {

/// Reads the key's file, if it is in one. Precondition: it is not behind a URL. The fault names the
/// file; a key set with one unfit key is refused as a whole, because whoever wrote it can mend it.
LoadedKeys load_keys(const config::TokenKeyConfig& config);

}  // namespace pushgate::agent
