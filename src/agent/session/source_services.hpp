#pragma once
// source_services.hpp - what sources find on an io thread: clients of other services, made when the
// first source asks for them.

#include <memory>
#include <optional>

#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/config/daemon_config.hpp"
#include "pushgate/fetch/client.hpp"
#include "pushgate/redis/client.hpp"
#include "pushgate/runtime/rate_limit.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::agent {

/// Owned by what runs the thread, used on that thread. References outlive it.
class SourceServices final : public SourceThread {
 public:
  struct Context {
    std::size_t index;
    runtime::Reactor& reactor;
    SourceMetrics& metrics;
    runtime::RateLimitedLog& rare_log;
    runtime::Log& log;
  };
  explicit SourceServices(const Context& context) : context_(context) {}
  SourceServices(const SourceServices&) = delete;
  SourceServices& operator=(const SourceServices&) = delete;

  /// Takes the limits and the Redis of a configuration; a client for another Redis ends, and what
  /// waits for it fails.
  void use(const config::DaemonConfig& daemon);

  std::size_t index() const noexcept override { return context_.index; }
  runtime::Reactor& reactor() noexcept override { return context_.reactor; }
  fetch::Client& http() override;
  redis::Client* redis() override;
  SourceMetrics& metrics() noexcept override { return context_.metrics; }
  runtime::RateLimitedLog& log() noexcept override { return context_.rare_log; }

 private:
  Context context_;
  std::optional<config::RedisConfig> redis_config_;
  std::size_t http_connections_ = 64;
  redis::RedisMetrics redis_metrics_;
  std::unique_ptr<fetch::Client> http_;
  std::unique_ptr<redis::Client> redis_;
};

}  // namespace pushgate::agent
