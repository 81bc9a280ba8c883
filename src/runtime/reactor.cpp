#include "pushgate/runtime/reactor.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <sys/epoll.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

namespace pushgate::runtime {

namespace asio = boost::asio;

namespace {

constexpr int kBatch = 128;
// A batch at least this large suggests that more is waiting already: look again before going back
// to the io_context, which costs two system calls more.
constexpr int kBusyBatch = 2;
// So many turns at most before the io_context gets its due (posted work, its own sockets).
constexpr int kTurnsPerVisit = 64;
constexpr std::size_t kChannelsPerBlock = 256;

constexpr unsigned kPointerBits = 48;
constexpr std::uint64_t kEarlyBit = 1;

/// Pointer, turn and generation in the 64 bits that epoll carries: user-space addresses have 48
/// bits, and those of channels end in zeros.
static_assert(alignof(Channel) > kEarlyBit);
std::uint64_t tag_of(const Channel& channel) noexcept {
  return reinterpret_cast<std::uintptr_t>(&channel) |
         (channel.turn == Turn::early ? kEarlyBit : 0) |
         (static_cast<std::uint64_t>(channel.generation) << kPointerBits);
}

std::uint8_t ready_bits(std::uint32_t events) noexcept {
  std::uint8_t bits = 0;
  if (events & EPOLLIN) bits |= kReadable;
  if (events & EPOLLOUT) bits |= kWritable;
  if (events & EPOLLRDHUP) bits |= kReadable | kPeerClosed;
  if (events & (EPOLLERR | EPOLLHUP)) bits |= kReadable | kWritable | kPeerClosed | kBroken;
  return bits;
}

Turn turn_of(std::uint64_t tag) noexcept { return (tag & kEarlyBit) ? Turn::early : Turn::usual; }

/// The channel an event is for; nullptr if it has been removed since.
Channel* channel_of(std::uint64_t tag) noexcept {
  constexpr std::uint64_t kPointerMask = ((1ull << kPointerBits) - 1) & ~kEarlyBit;
  auto* const channel = reinterpret_cast<Channel*>(static_cast<std::uintptr_t>(tag & kPointerMask));
  const auto generation = static_cast<std::uint16_t>(tag >> kPointerBits);
  return channel->generation == generation && channel->sink != nullptr ? channel : nullptr;
}

constexpr std::uint32_t kStreamEvents = EPOLLIN | EPOLLRDHUP | EPOLLET;

}  // namespace

struct Reactor::AsioSide {
  explicit AsioSide(asio::io_context& io) : descriptor(io), timer(io) {}

  // Typed executors: no type erasure on a path that runs once per batch of events.
  asio::posix::basic_stream_descriptor<asio::io_context::executor_type> descriptor;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, asio::io_context::executor_type>
      timer;
};

Reactor::Reactor(asio::io_context& io)
    : io_(io),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      now_(Clock::now()),
      wheel_(now_),
      scratch_(std::make_unique<char[]>(kScratchBytes)),
      asio_(std::make_unique<AsioSide>(io)) {
  if (!epoll_) throw boost::system::system_error(last_system_error(), "epoll_create1");
  asio_->descriptor.assign(epoll_.get());
  await_events();
}

Reactor::~Reactor() {
  // The descriptor is owned by epoll_; Asio must not close it a second time.
  asio_->descriptor.release();
}

void Reactor::stop() {
  stopped_ = true;
  asio_->descriptor.cancel();
  asio_->timer.cancel();
}

Channel* Reactor::allocate_channel() {
  if (free_channels_.empty()) {
    channel_blocks_.push_back(std::make_unique<Channel[]>(kChannelsPerBlock));
    Channel* const block = channel_blocks_.back().get();
    free_channels_.reserve(free_channels_.capacity() + kChannelsPerBlock);
    for (std::size_t i = kChannelsPerBlock; i-- > 0;) free_channels_.push_back(block + i);
  }
  Channel* const channel = free_channels_.back();
  free_channels_.pop_back();
  return channel;
}

Result<Channel*> Reactor::add(int fd, EventSink* sink, Turn turn) {
  Channel* const channel = allocate_channel();
  channel->fd = fd;
  channel->sink = sink;
  channel->turn = turn;
  epoll_event event{};
  event.events = kStreamEvents;
  event.data.u64 = tag_of(*channel);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    const ErrorCode error = last_system_error();
    remove(channel);
    return error;
  }
  return channel;
}

Result<Channel*> Reactor::add_listener(int fd, EventSink* sink) {
  Channel* const channel = allocate_channel();
  channel->fd = fd;
  channel->sink = sink;
  channel->interest = kReadable;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag_of(*channel);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    const ErrorCode error = last_system_error();
    remove(channel);
    return error;
  }
  return channel;
}

void Reactor::pause(Channel& channel) noexcept {
  epoll_event event{};
  event.data.u64 = tag_of(channel);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, channel.fd, &event);
}

void Reactor::resume(Channel& channel) noexcept {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag_of(channel);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, channel.fd, &event);
}

void Reactor::watch_output(Channel& channel) noexcept {
  if (channel.watches_output) return;
  channel.watches_output = true;
  epoll_event event{};
  event.events = kStreamEvents | EPOLLOUT;
  event.data.u64 = tag_of(channel);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, channel.fd, &event);
}

void Reactor::remove(Channel* channel) noexcept {
  received_ahead_.forget(*channel);
  if (channel->queued) {
    std::erase(queued_, channel);
    for (Channel*& running : running_) {
      if (running == channel) running = nullptr;
    }
  }
  const auto next_generation = static_cast<std::uint16_t>(channel->generation + 1);
  *channel = Channel{};
  channel->generation = next_generation;
  free_channels_.push_back(channel);
}

void Reactor::release(Channel* channel) noexcept {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, channel->fd, nullptr);
  remove(channel);
}

void Reactor::run_again(Channel& channel) {
  if (channel.queued) return;
  channel.queued = true;
  queued_.push_back(&channel);
  if (!in_turn_ && queued_.size() == 1 && turn_enders_.empty()) post_turns();
}

void Reactor::at_turn_end(TurnEndSink& sink) {
  turn_enders_.push_back(&sink);
  if (!in_turn_ && turn_enders_.size() == 1 && queued_.empty()) post_turns();
}

void Reactor::post_turns() {
  asio::post(io_, [this] { run_turns(); });
}

void Reactor::arm(TimerNode& node, TimePoint deadline) {
  wheel_.arm(node, deadline);
  if (deadline < timer_due_) schedule_timer();
}

void Reactor::schedule_timer() {
  if (stopped_) return;
  const std::optional<TimePoint> due = wheel_.next_due();
  timer_due_ = due.value_or(TimePoint::max());
  if (!due) return;
  asio_->timer.expires_at(*due);
  asio_->timer.async_wait([this](const ErrorCode& error) {
    if (!error) on_timer();
  });
}

void Reactor::on_timer() {
  now_ = Clock::now();
  wheel_.advance(now_);
  schedule_timer();
}

void Reactor::await_events() {
  asio_->descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                               [this](const ErrorCode& error) {
                                 if (!error) run_turns();
                                 if (!stopped_) await_events();
                               });
}

void Reactor::run_turns() {
  in_turn_ = true;
  for (int turn = 0; turn < kTurnsPerVisit && !stopped_; ++turn) {
    const int events = run_batch();
    run_queued();
    end_turn();
    if (events < kBusyBatch && queued_.empty()) break;
  }
  in_turn_ = false;
  if ((!queued_.empty() || !turn_enders_.empty()) && !stopped_) post_turns();
}

int Reactor::run_batch() {
  epoll_event events[kBatch];
  const int count = ::epoll_wait(epoll_.get(), events, kBatch, 0);
  now_ = Clock::now();
  turns_.store(turns_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  const std::span fetched{events, static_cast<std::size_t>(std::max(count, 0))};
  handle(fetched, Turn::early);
  handle(fetched, Turn::usual);
  return count;
}

/// Receives, handles, sends: each of the three for all channels in a row, so that the code of each,
/// the kernel's above all, stays in the cache.
void Reactor::handle(std::span<const epoll_event> events, Turn turn) {
  const auto is_due = [&](const epoll_event& event) { return turn_of(event.data.u64) == turn; };
  for (const epoll_event& event : events) {
    if (is_due(event)) receive_ahead(event.data.u64, event.events);
  }
  departures_.open();
  for (const epoll_event& event : events) {
    if (is_due(event)) dispatch(event.data.u64, event.events);
  }
  departures_.depart();
  received_ahead_.end_batch();
}

void Reactor::receive_ahead(std::uint64_t tag, std::uint32_t events) {
  // Ends and errors are seldom, and best found by who is concerned.
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != EPOLLIN) return;
  Channel* const channel = channel_of(tag);
  if (channel == nullptr || !(channel->interest & kAhead) || channel->ahead != 0) return;
  received_ahead_.receive(*channel);
}

void Reactor::dispatch(std::uint64_t tag, std::uint32_t events) {
  Channel* const channel = channel_of(tag);
  if (channel == nullptr) return;
  channel->ready |= ready_bits(events);
  if (channel->ready & channel->interest) channel->sink->on_ready(*channel);
}

void Reactor::run_queued() {
  if (queued_.empty()) return;
  running_.swap(queued_);
  for (std::size_t i = 0; i < running_.size(); ++i) {
    Channel* const channel = running_[i];
    if (channel == nullptr) continue;  // removed meanwhile
    channel->queued = false;
    if (channel->sink != nullptr) channel->sink->on_ready(*channel);
  }
  running_.clear();
}

/// What a sink asks for meanwhile belongs to the next turn.
void Reactor::end_turn() {
  if (turn_enders_.empty()) return;
  ending_.swap(turn_enders_);
  for (TurnEndSink* const sink : ending_) sink->on_turn_end();
  ending_.clear();
}

}  // namespace pushgate::runtime
