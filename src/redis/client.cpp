#include "pushgate/redis/client.hpp"

#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "single_client.hpp"
#include "tls_context.hpp"

namespace pushgate::redis {

namespace asio = boost::asio;

namespace {

/// Starts a command for a coroutine that waits. (A named type, because g++ 12 miscompiles capturing
/// lambdas in an expression that is awaited.)
struct StartExecute {
  Client& client;
  Command& command;
  const std::string& key;
  std::optional<std::chrono::milliseconds> timeout;

  template <class Handler>
  void operator()(Handler handler) const {
    // std::function wants to copy what it holds, which a coroutine's handler does not allow.
    auto shared = std::make_shared<Handler>(std::move(handler));
    client.execute(
        std::move(command), key,
        [shared](Result<Reply> reply) { std::move (*shared)(std::move(reply)); }, timeout);
  }
};

}  // namespace

asio::awaitable<Result<Reply>> Client::async_execute(
    Command command, std::string key, std::optional<std::chrono::milliseconds> timeout) {
  const StartExecute start{*this, command, key, timeout};
  Result<Reply> reply =
      co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<Reply>)>(
          start, asio::use_awaitable);
  co_return reply;
}

void Client::publish(std::string_view channel, std::string_view payload, ReplyCallback on_reply) {
  execute(Command{"PUBLISH", channel, payload}, channel, std::move(on_reply));
}

void Client::publish_sharded(std::string_view channel, std::string_view payload,
                             ReplyCallback on_reply) {
  execute(Command{"SPUBLISH", channel, payload}, channel, std::move(on_reply));
}

Result<std::unique_ptr<Client>> make_client(RedisContext context, RedisSettings settings) {
  auto tls = make_tls_context(settings.tls);
  if (!tls) return tls.error();
  const auto setup = std::make_shared<const Setup>(Setup{context, std::move(settings), *tls});
  std::unique_ptr<Client> client =
      std::make_unique<SingleClient>(setup, std::make_shared<FixedLocator>(setup->settings.server));
  return client;
}

}  // namespace pushgate::redis
