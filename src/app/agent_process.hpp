#pragma once
// agent_process.hpp - `pushgate agent`: the agent as a daemon, with signals, reload, logs and admin
// page.

#include <string>

namespace pushgate::app {

/// Runs until told to stop; returns the exit code.
int run_agent(const std::string& config_file);

}  // namespace pushgate::app
