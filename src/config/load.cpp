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
  if (daemon.router_file_is_default) {
    document.error_at_value({}, reason,
                            "write the table, name its file with \"router\", or set serverWorkers "
                            "for servers on this host");
  } else {
    document.error_at_value("/router", reason);
  }
}

/// The table of load_all, with the rule of the fallback.
Partial<RouterConfig> router_of(Document& document, const DaemonConfig& daemon) {
  const Result<std::string> text = read_file(daemon.router_file);
  if (text) {
    Document table{*text, daemon.router_file, document.options()};
    return router_from(table, daemon);
  }
  Partial<RouterConfig> out;
  if (daemon.router_file_is_default && is_missing(text.error())) {
    out.value = default_router_config(daemon);
  }
  if (out.value.products.empty()) report_unreadable_table(document, daemon, text.error());
  return out;
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

RouterConfig default_router_config(const DaemonConfig& daemon) {
  RouterConfig router;
  if (daemon.server_workers == 0) return router;
  ProductConfig product;
  product.name = "default";
  product.servers = 1;
  for (unsigned i = 0; i < daemon.server_workers; ++i) {
    BackendConfig backend;
    backend.endpoint = Endpoint{IpAddress::v4({127, 0, 0, 1}),
                                static_cast<std::uint16_t>(daemon.server_port_start + i)};
    backend.address = backend.endpoint.to_string();
    backend.id = backend.address;
    product.backends.push_back(std::move(backend));
  }
  router.products.push_back(std::move(product));
  return router;
}

Loaded<Config> load_all(const std::string& path, const LoadOptions& options) {
  const Result<std::string> text = read_file(path);
  if (!text) return {std::nullopt, {unreadable(path, text.error())}};
  Document document{*text, path, options};
  if (!document.parsed()) return {std::nullopt, document.take_diagnostics()};

  Partial<Config> both;
  both.value.daemon = read_daemon(document);
  Partial<RouterConfig> router = router_of(document, both.value.daemon);
  both.value.router = std::move(router.value);
  both.diagnostics = document.take_diagnostics();
  both.diagnostics.insert(both.diagnostics.end(),
                          std::make_move_iterator(router.diagnostics.begin()),
                          std::make_move_iterator(router.diagnostics.end()));
  return finish(std::move(both));
}

}  // namespace pushgate::config
