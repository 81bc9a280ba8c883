#include "link.hpp"

namespace pushgate::redis {

Link::Link(const RedisContext& context, LinkSettings settings, std::shared_ptr<Locator> locator)
    : context_(context),
      settings_(std::move(settings)),
      queue_(settings_.max_queue_bytes, context_.metrics),
      late_errors_(context_),
      connection_(std::make_shared<Connection>(context_, settings_.connection, std::move(locator),
                                               static_cast<ConnectionUser&>(*this))),
      alarm_(context_.executor, [this] { on_alarm(); }) {}

void Link::stop() {
  if (connection_->stopped()) return;
  connection_->stop();
  alarm_.stop();
  late_errors_.flush();
  queue_.fail_sent(Error::stopped);
  queue_.fail_waiting(Error::stopped);
}

void Link::send(Command command, TimePoint deadline, ReplyCallback on_reply) {
  if (connection_->stopped()) {
    late_errors_.add(std::move(on_reply), Error::stopped);
  } else if (!up() && settings_.when_down == WhenDown::fail) {
    late_errors_.add(std::move(on_reply), Error::not_connected);
  } else if (!queue_.has_room_for(command)) {
    late_errors_.add(std::move(on_reply), Error::queue_full);
  } else {
    queue_.push(std::move(command), deadline, std::move(on_reply));
    alarm_.ask(queue_.deadline());
    connection_->wake_writer();
  }
}

void Link::on_up() {
  if (on_state_) on_state_({.up = true});
}

void Link::on_down(const ConnectionState& state, bool /*was_up*/) {
  queue_.fail_sent(Error::connection_lost);
  // With a password that is wrong, waiting would only put off the bad news.
  if (state.error == Error::refused) queue_.fail_waiting(Error::refused);
  if (settings_.when_down == WhenDown::fail) queue_.fail_waiting(Error::not_connected);
  if (on_state_ && !connection_->stopped()) on_state_(state);
}

void Link::on_reply(Reply& reply) {
  const bool demoted =
      settings_.connection.handshake.must_be_master && reply.error_word() == "READONLY";
  if (!queue_.answer(reply)) connection_->reconnect("an answer that nobody asked for");
  if (demoted) connection_->reconnect("a replica by now");
}

void Link::fill(std::string& out) { queue_.send(out, Connection::kWriteBytes); }

void Link::on_silence() {
  const Command ping{"PING"};
  if (!queue_.has_room_for(ping)) return;  // then there is something to be answered already
  queue_.push(ping, TimePoint::max(), {});
  connection_->wake_writer();
}

void Link::on_alarm() {
  queue_.expire(Clock::now());
  alarm_.ask(queue_.deadline());
}

}  // namespace pushgate::redis
