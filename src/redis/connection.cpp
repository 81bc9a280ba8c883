#include "connection.hpp"

#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "reply_reader.hpp"
#include "stream.hpp"

namespace pushgate::redis {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kMaxSpareBytes = 1024 * 1024;

const char* slow_phase(LinkPhase phase) {
  switch (phase) {
    case LinkPhase::connecting:
      return "no connection in time";
    case LinkPhase::handshake:
      return "no answer to the login in time";
    default:
      return "no sign of life";
  }
}

}  // namespace

Connection::Connection(const RedisContext& context, ConnectionSettings settings,
                       std::shared_ptr<Locator> locator, ConnectionUser& user)
    : context_(context),
      settings_(std::move(settings)),
      locator_(std::move(locator)),
      user_(&user),
      fsm_(settings_.times),
      pause_(context_.executor),
      coroutines_(context_.executor, context_.log) {}

void Connection::start() {
  alarm_.emplace(context_.executor, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->on_alarm();
  });
  coroutines_.spawn(run(shared_from_this()), "redis connection");
}

void Connection::stop() {
  if (stopped()) return;
  user_ = nullptr;
  if (std::exchange(up_, false)) context_.metrics.connections.add(-1);
  if (alarm_) alarm_->stop();
  if (stream_) stream_->close();
  pause_.cancel();
}

asio::awaitable<void> Connection::run(std::shared_ptr<Connection> self) {
  while (!self->stopped()) {
    try {
      co_await self->attempt();
    } catch (const std::exception& error) {
      // A fault of whoever was called back. A connection that is gone for good would be worse.
      self->context_.log.error("redis callback failed", {{"error", error.what()}});
      self->break_off(Error::bad_reply, error.what());
    }
    self->end_attempt();
    co_await self->pause();
  }
}

// Each step that fails says so by break_off.
asio::awaitable<void> Connection::attempt() {
  const Result<ServerAddress> address = co_await locator_->locate();
  if (stopped()) co_return;
  if (!address) {
    break_off(address.error(), "no address: " + address.error().message());
    co_return;
  }
  address_ = *address;
  retry_ = false;
  const auto stream = std::make_shared<Stream>(context_.executor, settings_.tls);
  stream_ = stream;
  fsm_.attempt(Clock::now());
  alarm_->ask(fsm_.deadline());
  const ErrorCode failed = co_await stream->connect(address_, attempts_++);
  if (failed) {
    break_off(failed, failed.message());
    co_return;
  }
  if (stopped() || broken_) co_return;
  co_await converse(stream);
}

asio::awaitable<void> Connection::converse(std::shared_ptr<Stream> stream) {
  fsm_.connected(Clock::now());
  alarm_->ask(fsm_.deadline());
  handshake_.emplace(settings_.handshake);
  write(handshake_->commands());

  ReplyReader reader{settings_.max_reply_bytes};
  input_.resize(kReadBytes);
  while (!stopped() && !broken_) {
    const Result<std::size_t> got = co_await stream->read_some(input_);
    if (stopped()) co_return;
    if (!got) {
      break_off(got.error(), got.error().message());
      co_return;
    }
    context_.metrics.bytes_in.add(*got);
    fsm_.received(Clock::now());
    alarm_->ask(fsm_.deadline());
    reader.give({input_.data(), *got});
    take_replies(reader, *stream);
  }
}

void Connection::take_replies(ReplyReader& reader, const Stream& stream) {
  while (Reply* const reply = reader.next()) {
    if (handshake_) {
      take_handshake(*reply);
    } else {
      user_->on_reply(*reply);
    }
    // The user may have stopped the connection, or begun another.
    if (stopped() || broken_ || stream_.get() != &stream) return;
  }
  if (!reader.fault().empty()) break_off(Error::bad_reply, reader.fault());
}

void Connection::take_handshake(const Reply& reply) {
  switch (handshake_->on_reply(reply)) {
    case Handshake::Progress::more:
      return;
    case Handshake::Progress::refused:
      break_off(handshake_->login_refused() ? Error::refused : Error::not_connected,
                handshake_->fault());
      return;
    case Handshake::Progress::done:
      break;
  }
  handshake_.reset();
  up_ = true;
  failure_logged_ = false;
  fsm_.shaken_hands(Clock::now());
  alarm_->ask(fsm_.deadline());
  context_.metrics.connections.add(1);
  context_.metrics.connects.add();
  context_.log.info("redis connected", {{"server", address_.to_string()}});
  user_->on_up();
  wake_writer();
}

void Connection::on_alarm() {
  switch (fsm_.due(Clock::now())) {
    case LinkStep::none:
      break;
    case LinkStep::connect:
      retry_ = true;
      pause_.cancel();
      break;
    case LinkStep::ping:
      user_->on_silence();
      break;
    case LinkStep::give_up:
      break_off(asio::error::timed_out, slow_phase(fsm_.phase()));
      break;
  }
  if (!stopped()) alarm_->ask(fsm_.deadline());
}

asio::awaitable<void> Connection::pause() {
  while (!stopped() && !retry_) {
    pause_.expires_at(TimePoint::max());
    co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  retry_ = false;
}

void Connection::wake_writer() {
  if (!up_ || writing_ || write_posted_) return;
  write_posted_ = true;
  asio::post(context_.executor, [self = shared_from_this()] {
    self->write_posted_ = false;
    self->write_some();
  });
}

void Connection::write_some() {
  if (!up_ || writing_) return;
  std::string out = std::exchange(spare_, {});
  out.clear();
  user_->fill(out);
  if (!out.empty()) write(std::move(out));
}

void Connection::write(std::string bytes) {
  writing_ = true;
  stream_->write(std::move(bytes), [self = shared_from_this(), stream = stream_.get()](
                                       ErrorCode error, std::string buffer) {
    self->on_written(stream, error, std::move(buffer));
  });
}

void Connection::on_written(const Stream* stream, ErrorCode error, std::string buffer) {
  if (stopped() || stream != stream_.get()) return;  // of an attempt that is over
  writing_ = false;
  if (error) {
    break_off(error, error.message());
    return;
  }
  context_.metrics.bytes_out.add(buffer.size());
  if (buffer.capacity() <= kMaxSpareBytes) spare_ = std::move(buffer);
  write_some();
}

void Connection::reconnect(const std::string& reason) {
  if (stopped()) return;
  if (stream_) {
    break_off(Error::not_connected, reason, true);
  } else {
    fsm_.hurry(Clock::now());
    alarm_->ask(fsm_.deadline());
  }
}

// Only closes: the coroutine, which then finds its stream closed, does the rest.
void Connection::break_off(ErrorCode error, std::string reason, bool hurry) {
  if (stopped() || broken_) return;
  broken_ = ConnectionState{false, error, std::move(reason)};
  hurry_ = hurry;
  if (stream_) stream_->close();
}

void Connection::end_attempt() {
  if (stopped()) return;
  const bool was_up = std::exchange(up_, false);
  ConnectionState state = std::exchange(broken_, std::nullopt).value_or(ConnectionState{});
  if (stream_) state.reason = address_.to_string() + ": " + state.reason;
  handshake_.reset();
  stream_.reset();
  writing_ = false;
  fsm_.broken(Clock::now(), random_());
  if (std::exchange(hurry_, false)) fsm_.hurry(Clock::now());
  alarm_->ask(fsm_.deadline());
  context_.metrics.connections.add(was_up ? -1 : 0);
  (was_up ? context_.metrics.disconnects : context_.metrics.connect_errors).add();
  log_failure(state, was_up);
  user_->on_down(state, was_up);
}

void Connection::log_failure(const ConnectionState& state, bool was_up) {
  // One line when it goes away; the attempts that follow are for those who look closely.
  const auto level =
      std::exchange(failure_logged_, true) ? runtime::LogLevel::debug : runtime::LogLevel::warn;
  context_.log.write(level, was_up ? "redis connection lost" : "redis cannot be reached",
                     {{"error", state.reason}});
}

}  // namespace pushgate::redis
