#include "agent/session/source_services.hpp"

#include <algorithm>
#include <utility>

namespace pushgate::agent {

namespace {

/// The greatest that a source asks for: all share the thread's pool.
std::size_t connections_for(const config::IdentityConfig& identity) {
  std::size_t most = fetch::Client::Settings{}.max_connections;
  for (const auto* sources : {&identity.uid, &identity.product}) {
    for (const config::IdentitySourceConfig& source : *sources) {
      const auto* const http = std::get_if<config::HttpSourceConfig>(&source.detail);
      if (http != nullptr) most = std::max<std::size_t>(most, http->max_connections);
    }
  }
  return most;
}

}  // namespace

void SourceServices::use(const config::DaemonConfig& daemon) {
  const config::IdentityConfig& identity = daemon.identity;
  const std::optional<config::RedisConfig>& redis = identity.redis ? identity.redis : daemon.redis;
  if (redis != redis_config_) {
    if (redis_) redis_->stop();
    redis_.reset();
    redis_config_ = redis;
  }
  http_connections_ = connections_for(identity);
}

fetch::Client& SourceServices::http() {
  if (!http_) {
    http_ = std::make_unique<fetch::Client>(context_.reactor.io().get_executor(),
                                            fetch::Client::Settings{http_connections_});
  }
  return *http_;
}

redis::Client* SourceServices::redis() {
  if (redis_ || !redis_config_) return redis_.get();
  redis::RedisSettings settings = redis::settings_of(*redis_config_);
  settings.when_down = redis::WhenDown::wait;  // the first request finds it still connecting
  settings.client_name = "pushgate-agent";
  Result<std::unique_ptr<redis::Client>> client = redis::make_client(
      {context_.reactor.io().get_executor(), context_.log, redis_metrics_}, std::move(settings));
  if (!client) {
    context_.rare_log.warn("cannot make a client of Redis", "redis",
                           {{"error", client.error().message()}});
    return nullptr;
  }
  redis_ = std::move(*client);
  redis_->start();
  return redis_.get();
}

}  // namespace pushgate::agent
