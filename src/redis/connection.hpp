#pragma once
// connection.hpp - one connection to Redis, kept: located, connected, logged in, read, written,
// tested, and begun again when it breaks.

#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pushgate/redis/client.hpp"
#include "pushgate/runtime/async_group.hpp"

#include "alarm.hpp"
#include "handshake.hpp"
#include "link_fsm.hpp"
#include "locator.hpp"

namespace pushgate::redis {

class Stream;
class ReplyReader;
struct TlsContext;

struct ConnectionSettings {
  LinkTimes times;
  HandshakeSettings handshake;
  std::shared_ptr<const TlsContext> tls;  ///< null: none
  std::size_t max_reply_bytes = 0;
};

/// What is said over the connection once it is logged in. May call every member of the connection
/// from each of these.
class ConnectionUser {
 public:
  virtual void on_up() = 0;
  /// An attempt failed, or (`was_up`) a working connection broke. `state.up` is false.
  virtual void on_down(const ConnectionState& state, bool was_up) = 0;
  /// What the server sent; may be moved from.
  virtual void on_reply(Reply& reply) = 0;
  /// The connection can take bytes: append what is to be sent.
  virtual void fill(std::string& out) = 0;
  /// The server has been silent for long: let the next `fill` append something that it answers.
  virtual void on_silence() = 0;

 protected:
  ~ConnectionUser() = default;
};

/// Shared with its coroutine and its writes, which end soon after `stop`. The user may be destroyed
/// once it has called `stop`.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// A write is not made larger than this, but for its last command.
  static constexpr std::size_t kWriteBytes = 256 * 1024;

  Connection(const RedisContext& context, ConnectionSettings settings,
             std::shared_ptr<Locator> locator, ConnectionUser& user);

  void start();
  /// Closes; the user is called no more. Idempotent.
  void stop();
  bool stopped() const noexcept { return user_ == nullptr; }
  bool up() const noexcept { return up_; }
  /// Where the last attempt went.
  const ServerAddress& address() const noexcept { return address_; }

  /// There is something for `fill`. It is called at the end of this turn of the loop, or when the
  /// write under way is done.
  void wake_writer();
  /// Gives up what there is, for this reason, and makes the next attempt at once.
  void reconnect(const std::string& reason);

 private:
  static boost::asio::awaitable<void> run(std::shared_ptr<Connection> self);
  boost::asio::awaitable<void> attempt();
  boost::asio::awaitable<void> converse(std::shared_ptr<Stream> stream);
  boost::asio::awaitable<void> pause();
  void take_replies(ReplyReader& reader, const Stream& stream);
  void take_handshake(const Reply& reply);
  void on_alarm();
  void write_some();
  void write(std::string bytes);
  void on_written(const Stream* stream, ErrorCode error, std::string buffer);
  void break_off(ErrorCode error, std::string reason, bool hurry = false);
  void end_attempt();
  void log_failure(const ConnectionState& state, bool was_up);

  RedisContext context_;
  ConnectionSettings settings_;
  std::shared_ptr<Locator> locator_;
  ConnectionUser* user_;
  LinkFsm fsm_;
  std::optional<Alarm> alarm_;
  boost::asio::steady_timer pause_;  // cancelled = look again
  runtime::AsyncGroup coroutines_;
  std::mt19937_64 random_{std::random_device{}()};

  ServerAddress address_;
  std::size_t attempts_ = 0;
  std::shared_ptr<Stream> stream_;  // of the current attempt
  std::optional<Handshake> handshake_;
  std::vector<char> input_;
  std::string spare_;                      // the buffer of the last write
  std::optional<ConnectionState> broken_;  // why the current attempt ends
  bool up_ = false;
  bool writing_ = false;
  bool write_posted_ = false;
  bool hurry_ = false;
  bool retry_ = false;
  bool failure_logged_ = false;
};

}  // namespace pushgate::redis
