#pragma once
// native_source.hpp - {"native": {...}}: a source from a shared object.

#include <string>

#include "pushgate/config/identity_config.hpp"

#include "agent/identity/sources.hpp"

namespace pushgate::agent {

/// Loads the object and asks it for a source (see native_plugin.hpp). nullptr, and `fault` for
/// people, if it cannot be loaded, was built for another version, or refuses its options. The
/// object stays loaded as long as the process lives: its code may still be on some thread's stack.
SourcePtr make_native_source(const config::NativeSourceConfig& config, std::string& fault);

}  // namespace pushgate::agent
