#pragma once
// bus_fixture.hpp - nodes on a bus, and processes that have one each.

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "pushgate/node/bus/local_bus.hpp"
#include "pushgate/node/bus/redis_bus.hpp"

#include "support/patience.hpp"
#include "support/redis_server.hpp"
#include "support/temp_folder.hpp"

namespace pushgate::node::test {

using pushgate::test::eventually;
using pushgate::test::RedisServer;

/// A node that writes down what reaches it and answers as it is told to.
class TestNode final : public BusPeer {
 public:
  /// What it answers; by default with nothing.
  std::function<void(const InquiryPtr&)> on_inquiry = [](const InquiryPtr& inquiry) {
    inquiry->answer({});
  };

  void deliver(EnvelopePtr envelope) override { note(envelopes_, std::move(envelope)); }
  void apply(const Command& command) override { note(commands_, command); }
  void inquire(InquiryPtr inquiry) override {
    note(requests_, inquiry->request());
    on_inquiry(inquiry);
  }
  void on_gap() override { ++gaps_; }
  void on_status(const BusStatus& status) override { note(statuses_, status); }

  std::vector<EnvelopePtr> envelopes() const { return copy(envelopes_); }
  std::vector<Command> commands() const { return copy(commands_); }
  std::vector<Request> requests() const { return copy(requests_); }
  std::vector<BusStatus> statuses() const { return copy(statuses_); }
  int gaps() const { return gaps_; }

  /// The data of what was delivered, probes left out.
  std::vector<std::string> data() const {
    std::vector<std::string> texts;
    for (const EnvelopePtr& envelope : envelopes()) {
      if (!envelope->packet.data.starts_with(R"(["probe")")) texts.push_back(envelope->packet.data);
    }
    return texts;
  }
  bool has(const std::string& text) const {
    for (const EnvelopePtr& envelope : envelopes()) {
      if (envelope->packet.data == text) return true;
    }
    return false;
  }
  bool is_in(BusState state) const {
    const auto all = statuses();
    return !all.empty() && all.back().state == state;
  }

 private:
  template <class T, class Value>
  void note(std::vector<T>& list, Value&& value) {
    const std::lock_guard lock{mutex_};
    list.push_back(std::forward<Value>(value));
  }
  template <class T>
  std::vector<T> copy(const std::vector<T>& list) const {
    const std::lock_guard lock{mutex_};
    return list;
  }

  mutable std::mutex mutex_;
  std::vector<EnvelopePtr> envelopes_;
  std::vector<Command> commands_;
  std::vector<Request> requests_;
  std::vector<BusStatus> statuses_;
  std::atomic<int> gaps_{0};
};

enum class BusKind { local, classic, classic_pattern, sharded, streams };

inline std::string name_of(BusKind kind) {
  switch (kind) {
    case BusKind::local:
      return "Local";
    case BusKind::classic:
      return "Classic";
    case BusKind::classic_pattern:
      return "ClassicPattern";
    case BusKind::sharded:
      return "Sharded";
    case BusKind::streams:
      return "Streams";
  }
  return {};
}

/// Patient with a busy machine, impatient with reconnecting.
inline RedisBusSettings settings_for(const RedisServer& server, std::string name) {
  RedisBusSettings settings;
  settings.redis.server = server.address();
  settings.redis.backoff_min = std::chrono::milliseconds{5};
  settings.redis.backoff_max = std::chrono::milliseconds{50};
  settings.redis.unsubscribe_delay = std::chrono::milliseconds{50};
  settings.name = std::move(name);
  settings.lease = std::chrono::milliseconds{1500};
  settings.read_block = std::chrono::milliseconds{500};
  return settings;
}

/// What stands for a process: a bus with its thread.
class Process {
 public:
  Process(BusKind kind, std::optional<RedisBusSettings> settings) {
    const RedisBusContext context{threads_[0], *log_, redis_metrics_};
    switch (kind) {
      case BusKind::local:
        bus_ = make_local_bus(threads_[0]);
        break;
      case BusKind::classic_pattern:
        settings->rooms = RoomChannels::pattern;
        bus_ = make_redis_classic_bus(context, *settings).value();
        break;
      case BusKind::classic:
        bus_ = make_redis_classic_bus(context, *settings).value();
        break;
      case BusKind::sharded:
        bus_ = make_redis_sharded_bus(context, *settings).value();
        break;
      case BusKind::streams:
        bus_ = make_redis_streams_bus(context, *settings).value();
        break;
    }
    threads_.start();
  }
  ~Process() { end(); }

  Bus& bus() { return *bus_; }
  const BusMetrics& metrics() const { return bus_->metrics(); }

  /// As a process that is shut down in good order.
  void end() {
    if (!bus_) return;
    std::promise<void> closed;
    bus_->close([&] { closed.set_value(); });
    closed.get_future().wait();
    kill();
  }
  /// As a process that dies: its connections break, nobody says good-bye.
  void kill() {
    threads_.stop();
    bus_.reset();
  }
  /// As one that hangs: the thread does nothing until `thaw`, or the end.
  void freeze() {
    std::promise<void> frozen;
    threads_[0].post([this, &frozen] {
      frozen.set_value();
      const std::lock_guard until_thawed{ice_};
    });
    frozen.get_future().wait();
  }
  std::mutex& ice() { return ice_; }

 private:
  pushgate::test::TempFolder folder_;
  std::unique_ptr<runtime::Log> log_ =
      runtime::Log::open({.level = runtime::LogLevel::debug, .file = folder_.file("log")}).value();
  redis::RedisMetrics redis_metrics_;
  std::mutex ice_;
  runtime::IoThreads threads_{1, [](std::string_view) { std::abort(); }};
  std::unique_ptr<Bus> bus_;
};

inline EnvelopePtr event(std::string data, std::vector<std::string> rooms = {},
                         std::string nsp = "/") {
  Envelope envelope;
  envelope.packet.data = std::move(data);
  envelope.packet.nsp = std::move(nsp);
  envelope.options.rooms = std::move(rooms);
  return std::make_shared<const Envelope>(std::move(envelope));
}

inline Packet value(std::string data) {
  Packet packet;
  packet.type = PacketType::ack;
  packet.data = std::move(data);
  return packet;
}

}  // namespace pushgate::node::test
