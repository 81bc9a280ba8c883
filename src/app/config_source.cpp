#include "app/config_source.hpp"

#include "pushgate/runtime/io_threads.hpp"

namespace pushgate::app {

std::string ConfigSource::name() const {
  return file.empty() ? std::string{config::kPresetName} : file;
}

config::Loaded<config::Config> ConfigSource::load() const {
  if (file.empty()) return config::load_preset();
  config::LoadOptions options;
  options.role = role;
  return config::load_all(file, options);
}

std::vector<std::string> ConfigSource::files(const config::DaemonConfig& daemon) const {
  if (file.empty()) return {};
  if (role == config::Role::node) return {file};
  return {file, daemon.router_file};
}

unsigned node_count(const config::DaemonConfig& daemon) noexcept {
  return daemon.server_workers != 0 ? daemon.server_workers
                                    : static_cast<unsigned>(runtime::usable_cores());
}

void add_expected_nodes(config::Config& config) {
  if (!config.routes_to_own_nodes) return;
  config.router =
      config::local_router_config(config::local_servers(config.daemon, node_count(config.daemon)));
}

}  // namespace pushgate::app
