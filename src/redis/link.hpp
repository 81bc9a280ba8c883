#pragma once
// link.hpp - commands over one kept connection, pipelined.

#include <functional>
#include <memory>
#include <utility>

#include "command_queue.hpp"
#include "connection.hpp"
#include "late_errors.hpp"

namespace pushgate::redis {

struct LinkSettings {
  ConnectionSettings connection;
  WhenDown when_down = WhenDown::wait;
  std::size_t max_queue_bytes = 0;
};

/// Sends commands to one server and matches the answers, in order. See Client for threads and
/// callbacks; nothing is ever sent twice.
class Link final : private ConnectionUser {
 public:
  Link(const RedisContext& context, LinkSettings settings, std::shared_ptr<Locator> locator);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { connection_->stop(); }

  void start() { connection_->start(); }
  /// Ends everything with Error::stopped, called back from here. Idempotent.
  void stop();

  void send(Command command, TimePoint deadline, ReplyCallback on_reply);

  bool up() const noexcept { return connection_->up(); }
  /// Nothing is waiting for an answer.
  bool idle() const noexcept { return queue_.sent_count() + queue_.waiting_count() == 0; }
  const ServerAddress& address() const noexcept { return connection_->address(); }
  void on_state(std::function<void(const ConnectionState&)> callback) {
    on_state_ = std::move(callback);
  }
  void reconnect(const std::string& reason) { connection_->reconnect(reason); }

 private:
  void on_up() override;
  void on_down(const ConnectionState& state, bool was_up) override;
  void on_reply(Reply& reply) override;
  void fill(std::string& out) override;
  void on_silence() override;

  void on_alarm();

  RedisContext context_;
  LinkSettings settings_;
  CommandQueue queue_;
  std::function<void(const ConnectionState&)> on_state_;
  LateErrors late_errors_;
  std::shared_ptr<Connection> connection_;
  Alarm alarm_;
};

}  // namespace pushgate::redis
