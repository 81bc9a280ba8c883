#pragma once
// source_thread.hpp - an io thread as identity sources find it, whose loop the test turns itself.

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/fetch/client.hpp"
#include "pushgate/redis/client.hpp"
#include "pushgate/runtime/log.hpp"
#include "pushgate/runtime/rate_limit.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "support/patience.hpp"
#include "support/started_task.hpp"
#include "support/temp_folder.hpp"

namespace pushgate::test {

/// Everything in it is real: a reactor, an HTTP client, and a client of the given Redis.
class TestSourceThread final : public agent::SourceThread {
 public:
  struct Settings {
    std::size_t index = 0;
    std::optional<redis::RedisSettings> redis{};  ///< none: redis() is nullptr
    fetch::Client::Settings http{};
  };
  TestSourceThread();
  explicit TestSourceThread(Settings settings);
  ~TestSourceThread();

  std::size_t index() const noexcept override { return settings_.index; }
  runtime::Reactor& reactor() noexcept override { return reactor_; }
  fetch::Client& http() override;
  redis::Client* redis() override;
  /// The next call of redis() makes another client; the one of before is destroyed.
  void replace_redis() { redis_.reset(); }
  agent::SourceMetrics& metrics() noexcept override { return metrics_; }
  runtime::RateLimitedLog& log() noexcept override { return rare_log_; }

  boost::asio::io_context& io() noexcept { return io_; }
  /// The request as a source on this thread sees it.
  agent::RequestView on_this_thread(agent::RequestView request) noexcept {
    request.thread = this;
    return request;
  }

  /// Turns the loop until `condition()` holds; false if it does not in time.
  template <class Condition>
  bool run_until(Condition condition) {
    const Deadline deadline;
    while (!condition()) {
      if (deadline.passed()) return false;
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds{5});
      reactor_.refresh_now();
    }
    return true;
  }
  /// Runs what is ready to be run.
  void settle();

  /// What comes of it in the end. Throws if nothing does in time.
  template <class T>
  T finish(runtime::Task<T> task) {
    StartedTask<T> started{std::move(task)};
    if (!run_until([&] { return started.done(); })) throw std::runtime_error("the Task waits");
    return started.take();
  }
  /// The source's answer, waited for if need be.
  agent::SourceValue ask(const agent::IdentitySource& source, const agent::RequestView& request);

  /// All that was logged, once: nothing is logged afterwards.
  std::string logged();

 private:
  Settings settings_;
  TempFolder folder_;
  std::unique_ptr<runtime::Log> log_;
  runtime::RateLimitedLog rare_log_;
  agent::SourceMetrics metrics_;
  redis::RedisMetrics redis_metrics_;
  boost::asio::io_context io_{1};
  runtime::Reactor reactor_{io_};
  std::unique_ptr<fetch::Client> http_;
  std::unique_ptr<redis::Client> redis_;
};

}  // namespace pushgate::test
