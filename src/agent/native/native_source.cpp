#include "agent/native/native_source.hpp"

#include <dlfcn.h>

#include "pushgate/agent/identity/native_plugin.hpp"

namespace pushgate::agent {

namespace {

constexpr const char* kSymbol = "pushgate_native_source";

std::string reason_of_loader() {
  const char* const reason = ::dlerror();
  return reason != nullptr ? reason : "unknown error";
}

}  // namespace

SourcePtr make_native_source(const config::NativeSourceConfig& config, std::string& fault) {
  // Never closed, see the header.
  void* const object = ::dlopen(config.file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) {
    fault = "cannot be loaded: " + reason_of_loader();
    return nullptr;
  }
  const auto* const plugin = static_cast<const NativePlugin*>(::dlsym(object, kSymbol));
  if (plugin == nullptr) {
    fault = config.file + " has no PUSHGATE_NATIVE_SOURCE";
    return nullptr;
  }
  if (plugin->interface != kNativeInterface || plugin->source_value_bytes != sizeof(SourceValue)) {
    fault = config.file + " was built for another version of pushgate: compile it again";
    return nullptr;
  }
  SourcePtr source{plugin->make(config.options, fault)};
  if (!source && fault.empty()) fault = config.file + " gives no source for these options";
  return source;
}

}  // namespace pushgate::agent
