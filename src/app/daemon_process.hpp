#pragma once
// daemon_process.hpp - `pushgate agent`, `node` and `up`: a daemon with signals, reload, logs and
// admin page. What it runs are its parts.

#include "app/config_source.hpp"

namespace pushgate::app {

/// Runs until told to stop; returns the exit code. `source.role` says which parts.
int run_daemon(const ConfigSource& source);

}  // namespace pushgate::app
