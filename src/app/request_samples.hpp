#pragma once
// request_samples.hpp - sample requests and what should become of them: tests for hooks and rules,
// in a file "agent.test.json" beside "agent.lua", or "pushgate.test.json" beside "pushgate.json".

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/agent/request_trial.hpp"
#include "pushgate/config/load.hpp"

namespace pushgate::app {

/// A request's head as it came from a file: with CR LF line ends even if an editor has saved it
/// with LF, and with the closing empty line.
std::string as_request_head(std::string_view text);

/// Where the samples of a configuration may be: beside its own file and beside each script.
std::vector<std::string> sample_files(const config::DaemonConfig& daemon);

/// What came of the samples of one file.
struct SampleReport {
  std::size_t passed = 0;
  std::vector<std::string> failures;  ///< "file: "name": expected …, got …", or why it is unusable
};

/// Runs every sample of the file. A file that is not there has none.
SampleReport run_samples(const std::string& file, agent::RequestTrial& trial);

}  // namespace pushgate::app
