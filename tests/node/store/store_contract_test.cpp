// store_contract_test.cpp - what every store promises, asked of each of them.

#include <future>
#include <memory>
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
namespace {

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

Texts data_of(const std::vector<EnvelopePtr>& events) {
  Texts all;
  for (const EnvelopePtr& event : events) all.push_back(event->packet.data);
  return all;
}

enum class Kind { memory, redis };

class StoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  StoreContract() : threads_(1, [](std::string_view) {}) {
    if (GetParam() == Kind::redis) {
      server = std::make_unique<test::RedisServer>();
      log_ = runtime::Log::open({.file = folder_.file("log")}).value();
    }
    store = make_store();
    threads_.start();
    // A store that is not connected yet fails at once.
    EXPECT_TRUE(test::eventually([this] { return !position().empty(); }));
  }
  ~StoreContract() override {
    std::promise<void> closed;
    store->close([&closed] { closed.set_value(); });
    closed.get_future().wait();
    threads_.stop();
  }

  std::unique_ptr<Store> make_store() {
    if (GetParam() == Kind::memory) return make_memory_store(threads_[0], 1'000'000);
    RedisStoreSettings settings;
    settings.redis.server = server->address();
    settings.redis.backoff_min = milliseconds{5};
    settings.redis.backoff_max = milliseconds{20};
    return std::move(make_redis_stream_store({threads_[0], *log_, metrics_}, settings).value());
  }

  std::string position() {
    Awaited<std::string> answer;
    store->read_position("/", answer.done());
    return answer.get();
  }
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
    session.sid = "ssssssssssssssssssss";
    session.uid = "ann";
    session.rooms = {"a", "user:ann"};
    session.data = R"({"k":"v\n"})";
    session.started_at = "e-1-0";
    session.closed_at = "e-2-0";
    return session;
  }

  config::HistoryConfig keep{3, seconds{60}};
  std::unique_ptr<test::RedisServer> server;
  std::unique_ptr<Store> store;

 private:
  test::TempFolder folder_;
  std::unique_ptr<runtime::Log> log_;
  redis::RedisMetrics metrics_;
  runtime::IoThreads threads_;
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, ::testing::Values(Kind::memory, Kind::redis),
                         [](const auto& kind) {
                           return kind.param == Kind::memory ? "Memory" : "Redis";
                         });

// ---- logs

TEST_P(StoreContract, HistoryFollowsAnOffset) {
  const std::string first = publish({"a"}, R"(["n",1])");
  const std::string second = publish({"a", "b"}, R"(["n",2])");
  publish({"b"}, R"(["n",3])");

  const Missed missed = read(first, {"a", "b"});

  EXPECT_EQ(missed.miss, StoreMiss::none);
  EXPECT_EQ(data_of(missed.events), (Texts{R"(["n",2])", R"(["n",3])"}));
  EXPECT_EQ(missed.events.at(0)->offset, second);
  EXPECT_EQ(missed.events.at(0)->options.rooms, (Texts{"a", "b"}));
  EXPECT_EQ(missed.offset, missed.events.at(1)->offset);
  EXPECT_EQ(read(missed.offset, {"a", "b"}).miss, StoreMiss::none);
  EXPECT_TRUE(read(missed.offset, {"a", "b"}).events.empty());
}

TEST_P(StoreContract, BinaryAndExceptionsAreKept) {
  Envelope envelope;
  envelope.options.rooms = {"a"};
  envelope.options.except = {"x\"y"};
  envelope.packet.data = R"(["n",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])";
  envelope.packet.attachments = {std::string("\0\xff\r\n", 4), ""};
  const std::string offset = append(envelope, {.rooms = {{"a", keep}}}).value();

  const Missed missed = read("0", {"a"});

  ASSERT_EQ(missed.events.size(), 1u);
  envelope.offset = offset;
  EXPECT_EQ(*missed.events.at(0), envelope);
}

TEST_P(StoreContract, WhatWasTrimmedIsSaid) {
  const std::string first = publish({"a"}, "[1]");
  for (const char* const data : {"[2]", "[3]", "[4]", "[5]"}) publish({"a"}, data);

  EXPECT_EQ(read(first, {"a"}).miss, StoreMiss::trimmed);
  EXPECT_TRUE(read(first, {"a"}).events.empty());
  EXPECT_EQ(data_of(read("0", {"a"}).events), (Texts{"[3]", "[4]", "[5]"}));
}

TEST_P(StoreContract, MoreThanTheLimitIsAMiss) {
  const std::string first = publish({"a"}, "[1]");
  publish({"a"}, "[2]");
  publish({"a"}, "[3]");
  EXPECT_EQ(read(first, {"a"}, 1).miss, StoreMiss::trimmed);
  EXPECT_EQ(read(first, {"a"}, 2).miss, StoreMiss::none);
}

TEST_P(StoreContract, ARoomWithoutMessagesMissesNothing) {
  const std::string first = publish({"a"}, "[1]");
  const Missed missed = read(first, {"silent"});
  EXPECT_EQ(missed.miss, StoreMiss::none);
  EXPECT_TRUE(missed.events.empty());
}

TEST_P(StoreContract, AnOffsetFromElsewhereIsAMiss) {
  publish({"a"}, "[1]");
  EXPECT_EQ(read("zzz-1-0", {"a"}).miss, StoreMiss::other_epoch);
  EXPECT_EQ(read("nonsense", {"a"}).miss, StoreMiss::bad_offset);
  std::string ahead = position();
  ahead = ahead.substr(0, ahead.find('-')) + "-9999999999999-0";
  EXPECT_EQ(read(ahead, {"a"}).miss, StoreMiss::bad_offset);
}

TEST_P(StoreContract, ThePositionIsWhereTheNextReaderBegins) {
  const std::string before = position();
  publish({"a"}, "[1]");
  EXPECT_EQ(data_of(read(before, {"a"}).events), Texts{"[1]"});
}

// ---- sessions

TEST_P(StoreContract, ASessionComesBackOnceWithWhatItMissed) {
  const std::string seen = publish({"a"}, "[1]");
  store->save_session(somebody(), seconds{60});
  publish({"a"}, "[2]");
  publish({"b"}, "[3]");
  publish({"user:ann"}, "[4]");
  publish({somebody().sid}, "[5]");
  publish({}, "[6]");
  const RestoreQuery query{.pid = somebody().pid, .uid = "ann", .offset = seen};

  const Restored restored = restore(query);

  EXPECT_EQ(restored.missed.miss, StoreMiss::none);
  EXPECT_EQ(restored.session, somebody());
  EXPECT_EQ(data_of(restored.missed.events), (Texts{"[2]", "[4]", "[5]", "[6]"}));
  EXPECT_EQ(restore(query).missed.miss, StoreMiss::unknown_session);
}

TEST_P(StoreContract, WithoutAnOffsetTheBeginningCounts) {
  publish({"a"}, "[1]");
  StoredSession session = somebody();
  session.started_at = position();
  session.last_sent = publish({"a"}, "[2]");
  session.closed_at = session.last_sent;
  store->save_session(session, seconds{60});

  const Restored restored = restore({.pid = session.pid, .uid = "ann"});

  EXPECT_EQ(restored.missed.miss, StoreMiss::none);
  EXPECT_EQ(data_of(restored.missed.events), Texts{"[2]"});
}

TEST_P(StoreContract, NobodyGetsTheSessionOfAnother) {
  const std::string seen = publish({"a"}, "[1]");
  store->save_session(somebody(), seconds{60});
  EXPECT_EQ(restore({.pid = somebody().pid, .uid = "bob", .offset = seen}).missed.miss,
            StoreMiss::other_user);
  EXPECT_EQ(restore({.pid = somebody().pid, .nsp = "/x", .uid = "ann", .offset = seen}).missed.miss,
            StoreMiss::other_user);
  EXPECT_EQ(restore({.pid = somebody().pid, .uid = "ann", .offset = seen}).missed.miss,
            StoreMiss::none);
}

TEST_P(StoreContract, ASessionIsForgottenInTime) {
  const std::string seen = publish({"a"}, "[1]");
  store->save_session(somebody(), milliseconds{1});
  const auto is_gone = [&] {
    return restore({.pid = somebody().pid, .uid = "bob", .offset = seen}).missed.miss ==
           StoreMiss::unknown_session;
  };
  if (GetParam() == Kind::memory) {
    EXPECT_TRUE(test::eventually(is_gone));
  } else {
    EXPECT_TRUE(test::eventually([&] { return store->metrics().sessions_saved.value() == 1; }));
    EXPECT_TRUE(test::eventually([&] {
      return server->command({"EXISTS", "pushgate:session:" + somebody().pid}).integer == 0;
    }));
    EXPECT_TRUE(is_gone());
  }
}

TEST_P(StoreContract, ASessionWithABadOffsetIsNotRecovered) {
  store->save_session(somebody(), seconds{60});
  EXPECT_EQ(restore({.pid = somebody().pid, .uid = "ann", .offset = "old-1-0"}).missed.miss,
            StoreMiss::other_epoch);
}

// ---- mailboxes

TEST_P(StoreContract, MailStaysInOrderUntilItIsRemoved) {
  EXPECT_FALSE(put("ann", "m1", "[1]"));
  EXPECT_FALSE(put("ann", "m2", "[2]"));
  EXPECT_FALSE(put("bob", "m3", "[3]"));

  EXPECT_EQ(ids_of(mail("ann")), (Texts{"m1", "m2"}));
  EXPECT_EQ(mail("ann").at(1).packet.data, "[2]");
  EXPECT_TRUE(mail("ann", "/other").empty());
  store->remove_mail("ann", "m1");
  EXPECT_EQ(ids_of(mail("ann")), Texts{"m2"});
  store->remove_mail("ann", "m2");
  EXPECT_TRUE(mail("ann").empty());
  EXPECT_EQ(ids_of(mail("bob")), Texts{"m3"});
}

TEST_P(StoreContract, AFullMailboxLosesItsOldestAndSaysSo) {
  for (const char* const id : {"m1", "m2", "m3"}) put("ann", id, "[1]");
  EXPECT_EQ(ids_of(mail("ann")), (Texts{"m2", "m3"}));
  EXPECT_EQ(store->metrics().overflowed_mail.value(), 1u);
}

TEST_P(StoreContract, TheSameMessageIsStoredOnce) {
  put("ann", "m1", "[1]");
  put("ann", "m1", "[1]");
  EXPECT_EQ(ids_of(mail("ann")), Texts{"m1"});
}

TEST_P(StoreContract, MailExpires) {
  put("ann", "m2", "[2]");
  put("ann", "m1", "[1]", {true, 2, milliseconds{1}});
  EXPECT_TRUE(test::eventually([&] { return ids_of(mail("ann")) == Texts{"m2"}; }));
  EXPECT_EQ(store->metrics().expired_mail.value(), 1u);
}

// ---- messages to users

TEST_P(StoreContract, TheStatusOfAPushAddsUp) {
  store->note_push({"m1", {.uid = "ann", .sent = 2, .timed_out = 2, .stored = true}}, seconds{60});
  store->note_push({"m1", {.uid = "ann", .sent = 1}}, seconds{60});
  store->note_push({"m1", {.uid = "ann", .acknowledged = 1}}, seconds{60});
  Awaited<std::optional<PushReport>> answer;
  store->read_push("m1", answer.done());
  const std::optional<PushReport> report = answer.get();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->message_id, "m1");
  ASSERT_EQ(report->users.size(), 1u);
  EXPECT_EQ(report->users.at(0), (PushStatus{"ann", 3, 1, 2, true}));

  Awaited<std::optional<PushReport>> other;
  store->read_push("m2", other.done());
  EXPECT_FALSE(other.get());
}

// ---- Redis alone

class RedisStore : public StoreContract {};
INSTANTIATE_TEST_SUITE_P(Stores, RedisStore, ::testing::Values(Kind::redis),
                         [](const auto&) { return "Redis"; });

TEST_P(RedisStore, AFlushedRedisIsNoticed) {
  const std::string seen = publish({"a"}, "[1]");
  server->command({"FLUSHALL"});
  publish({"a"}, "[2]");
  EXPECT_EQ(read(seen, {"a"}).miss, StoreMiss::other_epoch);
}

TEST_P(RedisStore, AMessageThatTheLogMissedEndsTheEpoch) {
  const std::string seen = publish({"a"}, "[1]");
  server->stop();
  EXPECT_FALSE(append({.packet = {.data = "[2]"}}, {.for_sessions = seconds{60}}));
  EXPECT_EQ(store->metrics().append_failures.value(), 1u);
  server->start();
  EXPECT_TRUE(test::eventually([&] { return !position().empty(); }));

  EXPECT_EQ(read(seen, {"a"}).miss, StoreMiss::other_epoch);
  publish({"a"}, "[3]");
  EXPECT_EQ(store->metrics().epochs.value(), 1u);
  EXPECT_EQ(read(seen, {"a"}).miss, StoreMiss::other_epoch);
}

TEST_P(RedisStore, AnotherNodeRestoresTheSession) {
  const std::string seen = publish({"a"}, "[1]");
  store->save_session(somebody(), seconds{60});
  publish({"a"}, "[2]");
  const std::unique_ptr<Store> first = std::exchange(store, make_store());
  EXPECT_TRUE(test::eventually([&] { return !position().empty(); }));

  const Restored restored = restore({.pid = somebody().pid, .uid = "ann", .offset = seen});

  EXPECT_EQ(restored.missed.miss, StoreMiss::none);
  EXPECT_EQ(data_of(restored.missed.events), Texts{"[2]"});
  std::promise<void> closed;
  first->close([&closed] { closed.set_value(); });
  closed.get_future().wait();
}

}  // namespace
}  // namespace pushgate::node
