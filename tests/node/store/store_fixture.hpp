#pragma once
// store_fixture.hpp - a store of each kind, and somebody who hears what its log says.

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "pushgate/node/store/redis_stream_store.hpp"
#include "pushgate/node/store/store.hpp"
#include "pushgate/runtime/io_threads.hpp"

#include "support/patience.hpp"
#include "support/redis_server.hpp"

namespace pushgate::node {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

/// Waits for what a callback brings.
template <class Answer>
class Awaited {
 public:
  StoreDone<Answer> done() {
    return [promise = promise_](Answer answer) { promise->set_value(std::move(answer)); };
  }
  Answer get() {
    std::future<Answer> future = promise_->get_future();
    if (future.wait_for(test::kPatience) != std::future_status::ready) {
      throw std::runtime_error("the store did not answer");
    }
    return future.get();
  }

 private:
  std::shared_ptr<std::promise<Answer>> promise_ = std::make_shared<std::promise<Answer>>();
};

inline Texts data_of(const std::vector<EnvelopePtr>& events) {
  Texts all;
  for (const EnvelopePtr& event : events) all.push_back(event->packet.data);
  return all;
}

/// What a process hears of the log.
class Listener final : public LogSink {
 public:
  bool wants(std::string_view, const BroadcastOptions& options) const override {
    return options.rooms != Texts{"nobody"};
  }
  void on_logged(EnvelopePtr envelope) override { note(envelope->packet.data, envelope->offset); }
  void on_position(const std::string& offset) override {
    const std::lock_guard lock(mutex_);
    position_ = offset;
  }
  void on_gap() override { ++gaps; }

  /// Of this process's own events, too.
  void note(const std::string& data, const std::string& offset) {
    const std::lock_guard lock(mutex_);
    heard_.push_back(data);
    offsets_.push_back(offset);
  }
  std::string position() const {
    const std::lock_guard lock(mutex_);
    return position_;
  }
  Texts heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  Texts offsets() const {
    const std::lock_guard lock(mutex_);
    return offsets_;
  }

  std::atomic<int> gaps{0};

 private:
  mutable std::mutex mutex_;
  std::string position_;
  Texts heard_;
  Texts offsets_;
};

enum class Kind { memory, redis };

class StoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  StoreContract() : threads_(1, [](std::string_view) {}) {
    if (GetParam() == Kind::redis) {
      server = std::make_unique<test::RedisServer>();
      log_ = runtime::Log::open({.file = folder_.file("log")}).value();
    }
    store = make_store();
    store->set_sink(&listener);
    store->follow();
    threads_.start();
    // A store that is not connected yet fails at once.
    EXPECT_TRUE(test::eventually([this] { return !position().empty(); }));
  }
  ~StoreContract() override {
    close(*store);
    threads_.stop();
  }
  static void close(Store& which) {
    std::promise<void> closed;
    which.close([&closed] { closed.set_value(); });
    closed.get_future().wait();
  }

  std::unique_ptr<Store> make_store() {
    if (GetParam() == Kind::memory) return make_memory_store(threads_[0], 1'000'000);
    RedisStoreSettings settings;
    settings.redis.server = server->address();
    settings.redis.backoff_min = milliseconds{5};
    settings.redis.backoff_max = milliseconds{20};
    return std::move(make_redis_stream_store({threads_[0], *log_, metrics_}, settings).value());
  }

  /// The end of the log.
  std::string position() { return read("0", {"somewhere"}).offset; }
  Result<std::string> append(Envelope envelope, AppendRule rule) {
    Awaited<Result<std::string>> answer;
    store->append(std::make_shared<const Envelope>(std::move(envelope)), std::move(rule),
                  answer.done());
    return answer.get();
  }
  std::string publish(std::vector<std::string> rooms, std::string data) {
    Envelope envelope;
    AppendRule rule{.for_sessions = seconds{60}};
    for (const std::string& room : rooms) rule.rooms.push_back({room, keep});
    envelope.options.rooms = std::move(rooms);
    envelope.packet.data = std::move(data);
    return append(std::move(envelope), std::move(rule)).value();
  }
  Missed read(std::string since, std::vector<std::string> rooms, std::size_t limit = 100) {
    HistoryQuery query{.since = std::move(since), .limit = limit};
    for (std::string& room : rooms) query.rooms.push_back({std::move(room), keep});
    Awaited<Missed> answer;
    store->read_history(std::move(query), answer.done());
    return answer.get();
  }
  Restored restore(RestoreQuery query) {
    Awaited<Restored> answer;
    store->restore_session(std::move(query), answer.done());
    return answer.get();
  }
  std::vector<Mail> mail(std::string uid, std::string nsp = "/") {
    Awaited<std::vector<Mail>> answer;
    store->read_mail(std::move(uid), std::move(nsp), answer.done());
    return answer.get();
  }
  ErrorCode put(std::string uid, std::string id, std::string data,
                config::MailboxConfig box = {true, 2, seconds{60}}) {
    Awaited<ErrorCode> answer;
    store->put_mail(std::move(uid), {std::move(id), {.data = std::move(data)}}, box, answer.done());
    return answer.get();
  }
  static Texts ids_of(const std::vector<Mail>& mails) {
    Texts ids;
    for (const Mail& one : mails) ids.push_back(one.message_id);
    return ids;
  }
  static StoredSession somebody() {
    StoredSession session;
    session.pid = "pppppppppppppppppppp";
    session.owner = "first";
    session.sid = "ssssssssssssssssssss";
    session.uid = "ann";
    session.rooms = {"a", "user:ann"};
    session.data = R"({"k":"v\n"})";
    session.started_at = "e-1-0";
    session.closed_at = "e-2-0";
    return session;
  }

  config::HistoryConfig keep{3, seconds{60}};
  Listener listener;
  std::unique_ptr<test::RedisServer> server;
  std::unique_ptr<Store> store;

 private:
  test::TempFolder folder_;
  std::unique_ptr<runtime::Log> log_;
  redis::RedisMetrics metrics_;
  runtime::IoThreads threads_;
};

}  // namespace pushgate::node
