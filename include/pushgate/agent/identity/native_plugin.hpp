#pragma once
// native_plugin.hpp - how a shared object gives pushgate a source of identities.
//
// The object is compiled with the headers and the compiler of the pushgate that loads it: the
// interface is C++ (identity_source.hpp). Whether they fit is asked first, so that another version
// is refused instead of run. See hooks/native for one that works.

#include <string>
#include <string_view>

#include "pushgate/agent/identity/identity_source.hpp"

namespace pushgate::agent {

/// Counts the changes of identity_source.hpp, and of what it includes, that break an object built
/// before.
inline constexpr int kNativeInterface = 1;

/// What the object says about itself.
struct NativePlugin {
  int interface = kNativeInterface;
  std::size_t source_value_bytes = sizeof(SourceValue);  ///< tells apart standard libraries
  /// nullptr, and `fault` in words for the log, if the options cannot be used. Called on the
  /// control thread, at start and at each reload. The source is destroyed with delete.
  const IdentitySource* (*make)(std::string_view options, std::string& fault) = nullptr;
};

}  // namespace pushgate::agent

/// Put this once into the object, outside of any namespace.
#define PUSHGATE_NATIVE_SOURCE(make_function)                 \
  extern "C" __attribute__((visibility("default")))           \
  const pushgate::agent::NativePlugin pushgate_native_source{ \
      pushgate::agent::kNativeInterface, sizeof(pushgate::agent::SourceValue), make_function};
