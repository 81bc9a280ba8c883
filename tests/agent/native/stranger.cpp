// stranger.cpp - a native source as one built for another version would look.

#include "pushgate/agent/identity/native_plugin.hpp"

extern "C" __attribute__((visibility("default")))
const pushgate::agent::NativePlugin pushgate_native_source{
    pushgate::agent::kNativeInterface + 1, sizeof(pushgate::agent::SourceValue), nullptr};
