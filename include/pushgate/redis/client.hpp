#pragma once
// client.hpp - Redis as the rest of the program sees it: one server, sentinels or a cluster behind
// one interface.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "pushgate/base/result.hpp"
#include "pushgate/redis/command.hpp"
#include "pushgate/redis/error.hpp"
#include "pushgate/redis/metrics.hpp"
#include "pushgate/redis/reply.hpp"
#include "pushgate/redis/settings.hpp"
#include "pushgate/redis/subscriber.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::redis {

/// What a client is made on: the executor of an io_context that one thread runs, and where that
/// thread logs and counts. Log and metrics must outlive the io_context, and that must outlive
/// clients and subscribers; it need not run any more when they are destroyed.
struct RedisContext {
  boost::asio::any_io_executor executor;
  runtime::Log& log;
  RedisMetrics& metrics;
};

/// Sends commands, pipelined: all that are given in one turn of the loop leave in one write, and
/// any number may be unanswered. Commands with the same key are executed in the order given, as
/// long as the connection lasts (in a cluster: and while the key's slot is not moving).
///
/// Lives on the thread of its executor: every member is called there, and calls back there, never
/// from within the call itself. Callbacks may call every member, `stop` included, but not destroy
/// the client. A command is never sent twice: one whose connection breaks fails.
class Client {
 public:
  virtual ~Client() = default;

  /// Begins to connect. Commands given before wait or fail as `when_down` says.
  virtual void start() = 0;
  /// Closes the connections. Commands that are not answered fail with Error::stopped, called back
  /// from here; whether one that was sent is executed is not known. Idempotent. A client that is
  /// destroyed without it forgets its callbacks.
  virtual void stop() = 0;

  /// `key` chooses the node of a cluster (any node, if empty) and means nothing otherwise.
  /// `timeout` empty: settings.command_timeout. A callback may be empty: then an answer that is an
  /// error is only counted.
  ///
  /// Not for commands that block (XREAD BLOCK) beside others: those behind wait. Give them a
  /// client of their own, block for less than `liveness`, and bring a timeout.
  /// Never for SUBSCRIBE and its kin: see make_subscriber.
  virtual void execute(Command command, std::string_view key, ReplyCallback on_reply = {},
                       std::optional<std::chrono::milliseconds> timeout = {}) = 0;
  /// On every master at once: what `PUBSUB NUMSUB` or `SCRIPT LOAD` need in a cluster.
  virtual void execute_everywhere(Command command, RepliesCallback on_replies,
                                  std::optional<std::chrono::milliseconds> timeout = {}) = 0;
  /// The same as a coroutine of this thread.
  boost::asio::awaitable<Result<Reply>> async_execute(
      Command command, std::string key, std::optional<std::chrono::milliseconds> timeout = {});

  /// PUBLISH. The answer is the number of receivers on that one node.
  void publish(std::string_view channel, std::string_view payload, ReplyCallback on_reply = {});
  /// SPUBLISH (Redis 7).
  void publish_sharded(std::string_view channel, std::string_view payload,
                       ReplyCallback on_reply = {});

  /// May outlive the client. It connects at the first subscription.
  virtual std::unique_ptr<Subscriber> make_subscriber(SubscriberEvents events) = 0;

  /// Called at each change. With a cluster: up while all slots have a node and every connection in
  /// use works.
  virtual void on_state(std::function<void(const ConnectionState&)> callback) = 0;
  virtual bool is_up() const = 0;
};

/// Precondition: find_fault(settings) is nullopt. Fails if a file of the TLS settings cannot be
/// read.
Result<std::unique_ptr<Client>> make_client(const RedisContext& context, RedisSettings settings);

}  // namespace pushgate::redis
