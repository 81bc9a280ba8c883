#include "app/daemon_process.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pushgate/admin/admin_server.hpp"
#include "pushgate/config/dump.hpp"
#include "pushgate/config/file_watch.hpp"
#include "pushgate/config/load.hpp"
#include "pushgate/net/listener.hpp"
#include "pushgate/runtime/async_group.hpp"
#include "pushgate/runtime/lifecycle.hpp"
#include "pushgate/runtime/systemd.hpp"

#include "app/agent_part.hpp"
#include "app/command_line.hpp"
#include "app/daemon_logs.hpp"
#include "app/node_part.hpp"
#include "app/restart_keys.hpp"
#include "app/status_page.hpp"

namespace pushgate::app {

namespace asio = boost::asio;
using config::Config;
using config::DaemonConfig;

namespace {

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
// An editor may need two events for one save.
constexpr std::chrono::milliseconds kSettleTime{100};

runtime::LifecycleTimes times_of(const DaemonConfig& daemon) {
  return {.drain_lead = daemon.drain_lead, .drain_timeout = daemon.drain_timeout};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// The daemon: everything that lives on the control thread.
class DaemonProcess {
 public:
  DaemonProcess(ConfigSource source, Config config, Logs logs, DaemonParts parts)
      : source_(std::move(source)),
        config_(std::move(config)),
        logs_(std::move(logs)),
        parts_(std::move(parts)),
        background_(control_.get_executor(), log()),
        lifecycle_(control_, times_of(daemon()), lifecycle_hooks(), log()) {}

  int run() {
    const int code = start();
    if (code != kOk) return code;
    watch_files();
    if (const auto timeout = notifier_.watchdog_timeout()) {
      background_.spawn(runtime::run_watchdog(notifier_, *timeout, [this] { return alive(); }),
                        "watchdog");
    }
    for (const auto& part : parts_) part->log_started();
    lifecycle_.started();
    control_.run();
    while (!parts_.empty()) parts_.pop_back();
    return kOk;
  }

 private:
  runtime::Log& log() const { return *logs_.log; }
  const DaemonConfig& daemon() const { return config_.daemon; }

  int start() {
    // Before anybody is served; what it has to say it says when the control thread runs.
    if (const std::string problem = open_admin(); !problem.empty()) return cannot_start(problem);
    for (const auto& part : parts_) {
      if (const std::string problem = part->start(config_); !problem.empty()) {
        return cannot_start(problem);
      }
    }
    return kOk;
  }

  int cannot_start(const std::string& problem) {
    log().error("cannot start", {{"reason", problem}, {"configuration", source_.name()}});
    return kCannotStart;
  }

  /// Every part is asked: each counts its own answers.
  bool alive() {
    bool all = true;
    for (const auto& part : parts_) all = part->threads_alive() && all;
    return all;
  }

  std::size_t work_left() const {
    std::uint64_t sum = 0;
    for (const auto& part : parts_) sum += part->work_left();
    return static_cast<std::size_t>(sum);
  }

  /// The part that was started last has its clients behind it and is stopped first.
  void each_backwards(void (DaemonPart::*step)()) {
    for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) ((**part).*step)();
  }

  runtime::LifecycleHooks lifecycle_hooks() {
    return {.reload = [this] { reload(); },
            .reopen_logs = [this] { reopen_logs(); },
            .close_listeners = [this] { each_backwards(&DaemonPart::close_listeners); },
            .finish_sessions = [this] { each_backwards(&DaemonPart::finish_sessions); },
            .cut_sessions = [this] { each_backwards(&DaemonPart::cut_sessions); },
            .work_left = [this] { return work_left(); },
            .exit = [this] { exit(); }};
  }

  void exit() {
    background_.cancel_all();
    admin_.reset();
    control_.stop();
  }

  // ---- configuration
  // -----------------------------------------------------------------------------

  void reload() {
    config::Loaded<Config> loaded = source_.load();
    for (const auto& part : parts_) {
      if (!loaded.ok()) break;
      loaded.diagnostics = part->prepare(*loaded.value);
      if (!loaded.diagnostics.empty()) loaded.value.reset();
    }
    if (loaded.ok()) {
      take_over(std::move(*loaded.value));
    } else {
      reject(loaded.diagnostics);
    }
    lifecycle_.reload_finished();
  }

  void reject(const std::vector<config::Diagnostic>& diagnostics) {
    ++reloads_rejected_;
    for (const config::Diagnostic& diagnostic : diagnostics) {
      log().error("configuration error", {{"at", config::to_string(diagnostic)}});
    }
    log().error("configuration rejected; the running one stays", {{"errors", diagnostics.size()}});
  }

  /// The configuration's own files, and those that it names.
  std::vector<std::string> files() const {
    std::vector<std::string> all = source_.files(daemon());
    for (const auto& part : parts_) {
      for (std::string& file : part->files()) all.push_back(std::move(file));
    }
    return all;
  }

  void take_over(Config loaded) {
    std::vector<std::string> restart_keys = process_restart_keys(daemon(), loaded.daemon);
    for (const auto& part : parts_) {
      const std::vector<std::string> keys = part->take_over(loaded);
      restart_keys.insert(restart_keys.end(), keys.begin(), keys.end());
    }
    config_ = std::move(loaded);
    ++reloads_done_;
    if (!restart_keys.empty()) {
      log().warn("changed keys that take effect at the next start",
                 {{"keys", joined(restart_keys)}});
    }
    log().set_level(level_of(daemon()));
    lifecycle_.set_times(times_of(daemon()));
    if (watch_) watch_->rewatch(files());
  }

  void watch_files() {
    const std::vector<std::string> watched = files();
    if (watched.empty()) return;
    Result<config::FileWatch> watch = config::FileWatch::make(watched);
    if (!watch) {
      log().warn("cannot watch the configuration files; SIGHUP still reloads them",
                 {{"error", watch.error().message()}});
      return;
    }
    watch_.emplace(std::move(*watch));
    background_.spawn(follow_files(), "file watch");
  }

  asio::awaitable<void> follow_files() {
    asio::posix::stream_descriptor events(control_, watch_->fd());
    asio::steady_timer settle(control_);
    for (;;) {
      auto [error] = co_await events.async_wait(asio::posix::descriptor_base::wait_read, kNoThrow);
      if (!error) {
        settle.expires_after(kSettleTime);
        auto [interrupted] = co_await settle.async_wait(kNoThrow);
        error = interrupted;
      }
      if (error) break;
      const std::vector<std::string> changed = watch_->drain();
      if (changed.empty()) continue;
      log().info("files changed", {{"files", joined(changed)}});
      lifecycle_.request_reload();
    }
    events.release();  // the descriptor is the watch's own
  }

  void reopen_logs() {
    if (const ErrorCode error = log().reopen()) {
      log().error("cannot reopen the log", {{"error", error.message()}});
    }
    if (logs_.access == nullptr) return;
    if (const ErrorCode error = logs_.access->reopen()) {
      log().error("cannot reopen the access log", {{"error", error.message()}});
    }
  }

  // ---- admin pages
  // -------------------------------------------------------------------------------

  std::string open_admin() {
    if (!daemon().admin) return {};
    Result<std::unique_ptr<admin::AdminServer>> server =
        admin::AdminServer::open(control_, *daemon().admin, admin_pages(), log());
    if (!server) {
      return net::cannot_listen(*daemon().admin, "admin", server.error(),
                                R"(give each an address of its own, or say "off")");
    }
    admin_ = std::move(*server);
    log().info("admin listening", {{"address", admin_->bound().to_string()}});
    return {};
  }

  std::string state() const { return std::string{runtime::to_string(lifecycle_.state())}; }

  admin::AdminPages admin_pages() {
    admin::AdminPages pages;
    pages.readiness = [this] { return admin::Readiness{lifecycle_.is_ready(), state()}; };
    pages.metrics = [this] { return metrics_page(); };
    pages.pages["/api/v1/status"] = [this] {
      return admin::AdminResponse{.body = status_page(parts_, state())};
    };
    pages.pages["/api/v1/config"] = [this] {
      return admin::AdminResponse{.body = config::dump_daemon(daemon())};
    };
    if (source_.role == config::Role::node) return pages;
    pages.pages["/api/v1/router"] = [this] {
      return admin::AdminResponse{.body = config::dump_router(config_.router, daemon())};
    };
    return pages;
  }

  std::string metrics_page() const {
    std::vector<runtime::MetricFamily> families;
    for (const auto& part : parts_) part->collect_metrics(families);
    families.push_back({"pushgate_config_reloads_total",
                        "Reloads of the configuration, by result",
                        runtime::MetricType::counter,
                        {{{{"result", "done"}}, static_cast<double>(reloads_done_), {}},
                         {{{"result", "rejected"}}, static_cast<double>(reloads_rejected_), {}}}});
    families.push_back({"pushgate_log_lines_dropped_total",
                        "Log lines discarded because the queue was full",
                        runtime::MetricType::counter,
                        {{{}, static_cast<double>(logs_.dropped()), {}}}});
    runtime::collect_process_metrics(families);
    return runtime::render_prometheus(std::span<const runtime::MetricFamily>{families});
  }

  ConfigSource source_;
  Config config_;
  Logs logs_;
  asio::io_context control_{1};
  DaemonParts parts_;
  runtime::ServiceNotifier notifier_;
  std::optional<config::FileWatch> watch_;
  runtime::AsyncGroup background_;
  runtime::Lifecycle lifecycle_;
  std::unique_ptr<admin::AdminServer> admin_;
  std::uint64_t reloads_done_ = 0;
  std::uint64_t reloads_rejected_ = 0;
};

/// Nodes first: the table of those that route to them has their ports.
DaemonParts parts_of(config::Role role, const Logs& logs) {
  DaemonParts parts;
  if (role != config::Role::agent) parts.push_back(make_node_part(*logs.log));
  if (role == config::Role::node) return parts;
  const Neighbours neighbours = parts.empty() ? Neighbours::none : Neighbours::nodes;
  parts.push_back(make_agent_part(*logs.log, logs.access.get(), neighbours));
  return parts;
}

}  // namespace

int run_daemon(const ConfigSource& source) {
  config::Loaded<Config> loaded = source.load();
  if (!loaded.ok()) {
    std::cerr << config::report(loaded.diagnostics);
    return kInvalidConfiguration;
  }
  std::string problem;
  std::optional<Logs> logs = Logs::open(loaded.value->daemon, problem);
  if (!logs) {
    std::cerr << "pushgate: " << problem << "\n";
    return kCannotStart;
  }
  DaemonParts parts = parts_of(source.role, *logs);
  DaemonProcess process(source, std::move(*loaded.value), std::move(*logs), std::move(parts));
  return process.run();
}

}  // namespace pushgate::app
