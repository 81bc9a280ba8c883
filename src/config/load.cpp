#include "pushgate/config/load.hpp"

#include <utility>

#include <unistd.h>

#include "config/daemon_reader.hpp"
#include "config/document.hpp"
#include "config/router_reader.hpp"

namespace pushgate::config {

namespace {

/// A value and its errors; the value is there even if some of it is wrong.
template <class T>
struct Partial {
  T value;
  std::vector<Diagnostic> diagnostics;
};

template <class T>
Loaded<T> finish(Partial<T> partial) {
  Loaded<T> loaded;
  loaded.diagnostics = std::move(partial.diagnostics);
  if (loaded.diagnostics.empty()) loaded.value = std::move(partial.value);
  return loaded;
}

Diagnostic unreadable(const std::string& path, const ErrorCode& error) {
  return {{path, 0, 0}, {}, "cannot read it: " + error.message(), {}};
}

Partial<DaemonConfig> daemon_from(Document& document) {
  Partial<DaemonConfig> out;
  if (document.parsed()) out.value = read_daemon(document);
  out.diagnostics = document.take_diagnostics();
  return out;
}

Partial<RouterConfig> router_from(Document& document, const DaemonConfig& daemon) {
  Partial<RouterConfig> out;
  if (document.parsed()) out.value = read_router(document, daemon);
  out.diagnostics = document.take_diagnostics();
  return out;
}

bool is_missing(const ErrorCode& error) {
  return error == boost::system::errc::no_such_file_or_directory;
}

/// A table that cannot be read is an error where "router" names it.
void report_unreadable_table(Document& document, const DaemonConfig& daemon,
                             const ErrorCode& error) {
  const std::string reason = "cannot read " + daemon.router_file + ": " + error.message();
  if (!daemon.router_file_is_default) {
    document.error_at_value("/router", reason);
  } else if (is_missing(error) && daemon.server_workers != 0) {
    document.error_at_value("/serverPortStart",
                            "an agent cannot know the ports that other processes are given",
                            "write the first port, or a table");
  } else {
    document.error_at_value({}, reason,
                            "write the table, name its file with \"router\", or set serverWorkers "
                            "for servers on this host");
  }
}

/// Puts the table into `out.value`; returns what is wrong with it.
std::vector<Diagnostic> read_table(Document& document, Config& out) {
  const DaemonConfig& daemon = out.daemon;
  const Role role = document.options().role;
  if (role == Role::node) return {};
  const Result<std::string> text = read_file(daemon.router_file);
  if (text) {
    Document table{*text, daemon.router_file, document.options()};
    Partial<RouterConfig> router = router_from(table, daemon);
    out.router = std::move(router.value);
    return std::move(router.diagnostics);
  }
  const bool may_be_missing = daemon.router_file_is_default && is_missing(text.error());
  if (may_be_missing && role == Role::up) {
    out.routes_to_own_nodes = true;
    return {};
  }
  const bool script_has_products = may_be_missing && !daemon.hooks.router.empty();
  if (script_has_products && daemon.server_workers == 0) return {};
  if (may_be_missing) {
    out.router = local_router_config(local_servers(daemon, daemon.server_workers));
  }
  if (out.router.products.empty()) report_unreadable_table(document, daemon, text.error());
  return {};
}

}  // namespace

Loaded<DaemonConfig> load_daemon_text(std::string_view text, const std::string& path,
                                      const LoadOptions& options) {
  Document document{text, path, options};
  return finish(daemon_from(document));
}

Loaded<DaemonConfig> load_daemon_config(const std::string& path, const LoadOptions& options) {
  const Result<std::string> text = read_file(path);
  if (text) return load_daemon_text(*text, path, options);
  return {std::nullopt, {unreadable(path, text.error())}};
}

Loaded<RouterConfig> load_router_text(std::string_view text, const std::string& path,
                                      const DaemonConfig& daemon, const LoadOptions& options) {
  Document document{text, path, options};
  return finish(router_from(document, daemon));
}

Loaded<RouterConfig> load_router_config(const std::string& path, const DaemonConfig& daemon,
                                        const LoadOptions& options) {
  const Result<std::string> text = read_file(path);
  if (text) return load_router_text(*text, path, daemon, options);
  return {std::nullopt, {unreadable(path, text.error())}};
}

std::vector<Endpoint> local_servers(const DaemonConfig& daemon, unsigned count) {
  std::vector<Endpoint> servers;
  const unsigned first = daemon.server_port_start;
  for (unsigned i = 0; i < count && first + i <= 65535; ++i) {
    const unsigned port = first == 0 ? 0 : first + i;
    servers.emplace_back(daemon.node.address, static_cast<std::uint16_t>(port));
  }
  return servers;
}

RouterConfig local_router_config(const std::vector<Endpoint>& nodes) {
  static const IpAddress all_ipv6 = IpAddress::v6({});
  static const IpAddress loopback_ipv6 = *IpAddress::parse("::1");
  ProductConfig product;
  product.name = "default";
  product.servers = 1;
  for (const Endpoint& node : nodes) {
    if (node.port() == 0) continue;
    IpAddress address = node.address();
    if (address == IpAddress{}) address = IpAddress::v4({127, 0, 0, 1});
    if (address == all_ipv6) address = loopback_ipv6;
    BackendConfig backend;
    backend.endpoint = Endpoint{address, node.port()};
    backend.address = backend.endpoint.to_string();
    backend.id = backend.address;
    product.backends.push_back(std::move(backend));
  }
  RouterConfig router;
  if (!product.backends.empty()) router.products.push_back(std::move(product));
  return router;
}

Loaded<Config> load_all(const std::string& path, const LoadOptions& options) {
  const Result<std::string> text = read_file(path);
  if (!text) return {std::nullopt, {unreadable(path, text.error())}};
  Document document{*text, path, options};
  if (!document.parsed()) return {std::nullopt, document.take_diagnostics()};

  Partial<Config> both;
  both.value.daemon = read_daemon(document);
  std::vector<Diagnostic> of_table = read_table(document, both.value);
  both.diagnostics = document.take_diagnostics();
  both.diagnostics.insert(both.diagnostics.end(), std::make_move_iterator(of_table.begin()),
                          std::make_move_iterator(of_table.end()));
  return finish(std::move(both));
}

Loaded<Config> load_preset(LoadOptions options) {
  options.role = Role::up;
  Document document{preset_text(), std::string{kPresetName}, options};
  Partial<Config> preset;
  if (document.parsed()) preset.value.daemon = read_daemon(document);
  preset.value.routes_to_own_nodes = true;
  preset.diagnostics = document.take_diagnostics();
  return finish(std::move(preset));
}

}  // namespace pushgate::config
