#include "pushgate/redis/client.hpp"

#include <utility>

#include "await_reply.hpp"
#include "cluster_client.hpp"
#include "sentinel.hpp"
#include "single_client.hpp"
#include "tls_context.hpp"

namespace pushgate::redis {

namespace asio = boost::asio;

asio::awaitable<Result<Reply>> Client::async_execute(
    Command command, std::string key, std::optional<std::chrono::milliseconds> timeout) {
  const auto start = [&](ReplyCallback on_reply) {
    execute(std::move(command), key, std::move(on_reply), timeout);
  };
  Result<Reply> reply = co_await await_reply(start);
  co_return reply;
}

void Client::publish(std::string_view channel, std::string_view payload, ReplyCallback on_reply) {
  execute(Command{"PUBLISH", channel, payload}, channel, std::move(on_reply));
}

void Client::publish_sharded(std::string_view channel, std::string_view payload,
                             ReplyCallback on_reply) {
  execute(Command{"SPUBLISH", channel, payload}, channel, std::move(on_reply));
}

Result<std::unique_ptr<Client>> make_client(const RedisContext& context, RedisSettings settings) {
  auto tls = make_tls_context(settings.tls);
  if (!tls) return tls.error();
  const auto setup = std::make_shared<const Setup>(Setup{context, std::move(settings), *tls});
  std::unique_ptr<Client> client;
  switch (setup->settings.topology) {
    case Topology::single:
      client = std::make_unique<SingleClient>(
          setup, std::make_shared<FixedLocator>(setup->settings.server));
      break;
    case Topology::sentinel:
      client = std::make_unique<SingleClient>(setup, std::make_shared<SentinelLocator>(setup));
      break;
    case Topology::cluster:
      client = std::make_unique<ClusterClient>(setup);
      break;
  }
  return client;
}

}  // namespace pushgate::redis
