#include "app/agent_process.hpp"

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pushgate/admin/admin_server.hpp"
#include "pushgate/agent/agent.hpp"
#include "pushgate/agent/routing/movement.hpp"
#include "pushgate/config/dump.hpp"
#include "pushgate/config/file_watch.hpp"
#include "pushgate/config/load.hpp"
#include "pushgate/runtime/async_group.hpp"
#include "pushgate/runtime/lifecycle.hpp"
#include "pushgate/runtime/systemd.hpp"

#include "app/command_line.hpp"

namespace pushgate::app {

namespace asio = boost::asio;
using config::Config;
using config::DaemonConfig;

namespace {

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
// An editor may need two events for one save.
constexpr std::chrono::milliseconds kSettleTime{100};

runtime::LogStyle style_of(config::LogFormat format) {
  return format == config::LogFormat::json ? runtime::LogStyle::json : runtime::LogStyle::text;
}

runtime::LogLevel level_of(const DaemonConfig& daemon) {
  return runtime::parse_log_level(daemon.log.level).value_or(runtime::LogLevel::info);
}

runtime::LifecycleTimes times_of(const DaemonConfig& daemon) {
  return {.drain_lead = daemon.drain_lead, .drain_timeout = daemon.drain_timeout};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// A report of several lines as the value of one log field.
std::string in_one_line(const std::string& report) {
  std::string line;
  std::istringstream lines(report);
  for (std::string next; std::getline(lines >> std::ws, next);) {
    line += (line.empty() ? "" : "; ") + next;
  }
  return line;
}

/// The daemon: everything that lives on the control thread.
class AgentProcess {
 public:
  AgentProcess(std::string config_file, Config config, std::unique_ptr<runtime::Log> log,
               std::unique_ptr<runtime::AccessLog> access_log)
      : config_file_(std::move(config_file)),
        log_(std::move(log)),
        access_log_(std::move(access_log)),
        agent_(std::move(config), *log_, access_log_.get()),
        background_(control_.get_executor(), *log_),
        lifecycle_(control_, times_of(daemon()), lifecycle_hooks(), *log_) {}

  int run() {
    if (const std::string problem = agent_.start(); !problem.empty()) return cannot_start(problem);
    if (const std::string problem = open_admin(); !problem.empty()) return cannot_start(problem);
    watch_files();
    if (const auto timeout = notifier_.watchdog_timeout()) {
      background_.spawn(
          runtime::run_watchdog(notifier_, *timeout, [this] { return agent_.threads_alive(); }),
          "watchdog");
    }
    for (const Endpoint& endpoint : agent_.listening()) {
      log_->info("listening", {{"address", endpoint.to_string()}});
    }
    log_->info("agent started", {{"threads", agent_.threads()},
                                 {"products", agent_.snapshot()->routes.pools().size()},
                                 {"maxConnections", agent_.max_connections()}});
    lifecycle_.started();
    control_.run();
    log_->info("agent stopped");
    return kOk;
  }

 private:
  const DaemonConfig& daemon() const { return agent_.snapshot()->config.daemon; }

  int cannot_start(const std::string& problem) {
    log_->error("cannot start", {{"reason", problem}});
    return kCannotStart;
  }

  runtime::LifecycleHooks lifecycle_hooks() {
    return {.reload = [this] { reload(); },
            .reopen_logs = [this] { reopen_logs(); },
            .close_listeners = [this] { agent_.close_listeners(); },
            .finish_sessions = [this] { agent_.finish_sessions(); },
            .cut_sessions = [this] { agent_.cut_sessions(); },
            .work_left = [this] { return static_cast<std::size_t>(agent_.work_left()); },
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
    config::Loaded<Config> loaded = config::load_all(config_file_);
    if (loaded.ok()) {
      take_over(std::move(*loaded.value));
    } else {
      ++reloads_rejected_;
      for (const config::Diagnostic& diagnostic : loaded.diagnostics) {
        log_->error("configuration error", {{"at", config::to_string(diagnostic)}});
      }
      log_->error("configuration rejected; the running one stays",
                  {{"errors", loaded.diagnostics.size()}});
    }
    lifecycle_.reload_finished();
  }

  void take_over(Config loaded) {
    const std::shared_ptr<const agent::AgentSnapshot> before = agent_.snapshot();
    const std::vector<std::string> restart_keys = agent_.publish(std::move(loaded));
    const std::shared_ptr<const agent::AgentSnapshot> now = agent_.snapshot();
    ++reloads_done_;
    const agent::Movement movement = agent::compare(before->routes, now->routes);
    log_->info("configuration loaded", {{"epoch", now->epoch},
                                        {"movement", in_one_line(agent::to_text(movement))},
                                        {"tunnelsKept", "all"}});
    if (!restart_keys.empty()) {
      log_->warn("changed keys that take effect at the next start",
                 {{"keys", joined(restart_keys)}});
    }
    log_->set_level(level_of(daemon()));
    lifecycle_.set_times(times_of(daemon()));
    if (watch_) watch_->rewatch(watched_files());
  }

  std::vector<std::string> watched_files() const { return {config_file_, daemon().router_file}; }

  void watch_files() {
    Result<config::FileWatch> watch = config::FileWatch::make(watched_files());
    if (!watch) {
      log_->warn("cannot watch the configuration files; SIGHUP still reloads them",
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
      log_->info("files changed", {{"files", joined(changed)}});
      lifecycle_.request_reload();
    }
    events.release();  // the descriptor is the watch's own
  }

  void reopen_logs() {
    if (const ErrorCode error = log_->reopen()) {
      log_->error("cannot reopen the log", {{"error", error.message()}});
    }
    if (access_log_ == nullptr) return;
    if (const ErrorCode error = access_log_->reopen()) {
      log_->error("cannot reopen the access log", {{"error", error.message()}});
    }
  }

  // ---- admin pages
  // -------------------------------------------------------------------------------

  std::string open_admin() {
    if (!daemon().admin) return {};
    Result<std::unique_ptr<admin::AdminServer>> server =
        admin::AdminServer::open(control_, *daemon().admin, admin_pages(), *log_);
    if (!server) {
      return "cannot open the admin listener on " + daemon().admin->to_string() + ": " +
             server.error().message();
    }
    admin_ = std::move(*server);
    log_->info("admin listening", {{"address", admin_->bound().to_string()}});
    return {};
  }

  admin::AdminPages admin_pages() {
    admin::AdminPages pages;
    pages.readiness = [this] {
      return admin::Readiness{lifecycle_.is_ready(),
                              std::string{runtime::to_string(lifecycle_.state())}};
    };
    pages.metrics = [this] { return metrics_page(); };
    pages.pages["/api/v1/status"] = [this] {
      return admin::AdminResponse{
          .body = agent_.status_json(std::string{runtime::to_string(lifecycle_.state())})};
    };
    pages.pages["/api/v1/config"] = [this] {
      return admin::AdminResponse{.body = config::dump_daemon(daemon())};
    };
    pages.pages["/api/v1/router"] = [this] {
      return admin::AdminResponse{
          .body = config::dump_router(agent_.snapshot()->config.router, daemon())};
    };
    return pages;
  }

  std::string metrics_page() const {
    std::vector<runtime::MetricFamily> families;
    agent_.collect_metrics(families);
    families.push_back({"pushgate_config_reloads_total",
                        "Reloads of the configuration, by result",
                        runtime::MetricType::counter,
                        {{{{"result", "done"}}, static_cast<double>(reloads_done_), {}},
                         {{{"result", "rejected"}}, static_cast<double>(reloads_rejected_), {}}}});
    const std::uint64_t dropped =
        log_->dropped() + (access_log_ != nullptr ? access_log_->dropped() : 0);
    families.push_back({"pushgate_log_lines_dropped_total",
                        "Log lines discarded because the queue was full",
                        runtime::MetricType::counter,
                        {{{}, static_cast<double>(dropped), {}}}});
    runtime::collect_process_metrics(families);
    return runtime::render_prometheus(std::span<const runtime::MetricFamily>{families});
  }

  std::string config_file_;
  std::unique_ptr<runtime::Log> log_;
  std::unique_ptr<runtime::AccessLog> access_log_;
  asio::io_context control_{1};
  agent::Agent agent_;
  runtime::ServiceNotifier notifier_;
  std::optional<config::FileWatch> watch_;
  runtime::AsyncGroup background_;
  runtime::Lifecycle lifecycle_;
  std::unique_ptr<admin::AdminServer> admin_;
  std::uint64_t reloads_done_ = 0;
  std::uint64_t reloads_rejected_ = 0;
};

}  // namespace

int run_agent(const std::string& config_file) {
  config::Loaded<Config> loaded = config::load_all(config_file);
  if (!loaded.ok()) {
    std::cerr << config::report(loaded.diagnostics);
    return kInvalidConfiguration;
  }
  const DaemonConfig& daemon = loaded.value->daemon;
  Result<std::unique_ptr<runtime::Log>> log =
      runtime::Log::open({level_of(daemon), style_of(daemon.log.format), daemon.log.file});
  if (!log) {
    std::cerr << "pushgate: cannot open " << daemon.log.file << ": " << log.error().message()
              << "\n";
    return kCannotStart;
  }
  std::unique_ptr<runtime::AccessLog> access_log;
  if (daemon.access_log.enabled) {
    Result<std::unique_ptr<runtime::AccessLog>> opened =
        runtime::AccessLog::open({.file = daemon.access_log.file});
    if (!opened) {
      std::cerr << "pushgate: cannot open " << daemon.access_log.file << ": "
                << opened.error().message() << "\n";
      return kCannotStart;
    }
    access_log = std::move(*opened);
  }
  AgentProcess process(config_file, std::move(*loaded.value), std::move(*log),
                       std::move(access_log));
  return process.run();
}

}  // namespace pushgate::app
