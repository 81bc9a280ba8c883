#pragma once
// command_line.hpp - what the user typed, and which subcommand that is.

namespace pushgate::app {

/// The process's exit codes; they are part of the interface.
inline constexpr int kOk = 0;
inline constexpr int kInvalidConfiguration = 1;
inline constexpr int kUsage = 2;
inline constexpr int kCannotStart = 3;

/// Parses the command line, runs the subcommand and returns the exit code.
int run_command_line(int argc, char** argv);

}  // namespace pushgate::app
