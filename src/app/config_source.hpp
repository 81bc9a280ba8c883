#pragma once
// config_source.hpp - where a subcommand has its configuration from: a file, or the preset of `up`.

#include <string>
#include <vector>

#include "pushgate/config/load.hpp"

namespace pushgate::app {

struct ConfigSource {
  config::Role role = config::Role::agent;
  std::string file;  ///< empty: the preset

  /// What messages call it.
  std::string name() const;
  /// Reads and validates everything that the role needs. May block.
  config::Loaded<config::Config> load() const;
  /// The files whose change is a reason to load again.
  std::vector<std::string> files(const config::DaemonConfig& daemon) const;
};

/// Push nodes that the configuration asks for: serverWorkers, or one per core.
unsigned node_count(const config::DaemonConfig& daemon) noexcept;

/// Fills in the table of a process that routes to its own nodes, as far as their ports are known
/// before they listen. For looking at it: what runs asks its nodes.
void add_expected_nodes(config::Config& config);

}  // namespace pushgate::app
