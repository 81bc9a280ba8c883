// redis_store_test.cpp - what only a store has that is shared with other processes.

#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "node/store/store_fixture.hpp"

namespace pushgate::node {
namespace {

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
  close(*first);
}

/// Two processes that follow one log.
class SharedLog : public RedisStore {
 protected:
  SharedLog() {
    other = make_store();
    other->set_sink(&other_listener);
    other->follow();
    EXPECT_TRUE(test::eventually([this] { return !other_listener.position().empty(); }));
    EXPECT_TRUE(test::eventually([this] { return !listener.position().empty(); }));
  }
  ~SharedLog() override { close(*other); }

  /// Appended by one of the two, which notes it when it may be delivered.
  void say(Store& process, Listener& ears, const std::string& data, Texts rooms = {"a"}) {
    auto envelope = std::make_shared<Envelope>();
    envelope->packet.data = data;
    envelope->options.rooms = std::move(rooms);
    process.append(envelope, {.for_sessions = seconds{60}},
                   [&ears, data](const Result<std::string>& offset) {
                     ears.note(data, offset ? *offset : "failed");
                   });
  }
  bool both_heard(std::size_t count) const {
    return test::eventually(
        [&] { return listener.heard().size() == count && other_listener.heard().size() == count; });
  }

  Listener other_listener;
  std::unique_ptr<Store> other;
};
INSTANTIATE_TEST_SUITE_P(Stores, SharedLog, ::testing::Values(Kind::redis),
                         [](const auto&) { return "Redis"; });

TEST_P(SharedLog, EverybodyHearsTheSameInTheSameOrder) {
  for (int i = 0; i < 200; ++i) {
    say(*store, listener, "[" + std::to_string(2 * i) + "]");
    say(*other, other_listener, "[" + std::to_string(2 * i + 1) + "]");
  }
  ASSERT_TRUE(both_heard(400));
  EXPECT_EQ(listener.heard(), other_listener.heard());
  EXPECT_EQ(listener.offsets(), other_listener.offsets());
  const std::string end = listener.offsets().back();
  EXPECT_TRUE(test::eventually([&] { return listener.position() == end; }));
  EXPECT_TRUE(test::eventually([&] { return other_listener.position() == end; }));
}

TEST_P(SharedLog, WhatNobodyWantsIsPassedOver) {
  say(*store, listener, "[1]", {"nobody"});
  say(*store, listener, "[2]");
  EXPECT_TRUE(test::eventually([&] { return other_listener.heard() == Texts{"[2]"}; }));
}

TEST_P(SharedLog, ABrokenConnectionMissesNothing) {
  for (int i = 0; i < 50; ++i) {
    say(*store, listener, "[" + std::to_string(i) + "]");
    // Those that wait for entries: each store's reader.
    if (i % 10 == 5) server->command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  }
  // Some appends may have failed with their connection; nothing is heard twice, and what has an
  // offset is heard by both.
  EXPECT_TRUE(test::eventually([&] { return listener.heard().size() == 50; }));
  say(*store, listener, "[\"last\"]");
  EXPECT_TRUE(test::eventually([&] {
                const Texts heard = other_listener.heard();
                return !heard.empty() && heard.back() == "[\"last\"]";
              }) ||
              listener.offsets().back() == "failed");
  const Texts heard = other_listener.heard();
  const std::set<std::string> once(heard.begin(), heard.end());
  EXPECT_EQ(once.size(), heard.size());
  for (std::size_t i = 0; i < 50; ++i) {
    if (listener.offsets().at(i) == "failed") continue;
    EXPECT_TRUE(once.contains(listener.heard().at(i)));
  }
}

TEST_P(SharedLog, AnAnswerComesAfterWhatItContains) {
  say(*other, other_listener, "[1]");
  ASSERT_TRUE(both_heard(1));
  const std::string seen = listener.offsets().back();
  store->save_session(somebody(), seconds{60});
  for (int i = 0; i < 50; ++i) say(*other, other_listener, "[" + std::to_string(i) + "]");

  Awaited<Texts> heard_by_then;
  Awaited<Restored> answer;
  store->restore_session({.pid = somebody().pid, .owner = "x", .uid = "ann", .offset = seen},
                         [&](Restored restored) {
                           heard_by_then.done()(listener.heard());
                           answer.done()(std::move(restored));
                         });
  const Restored restored = answer.get();
  Texts heard = heard_by_then.get();

  ASSERT_EQ(restored.missed.miss, StoreMiss::none);
  heard.erase(heard.begin());
  const Texts missed = data_of(restored.missed.events);
  ASSERT_GE(heard.size(), missed.size());
  heard.resize(missed.size());
  EXPECT_EQ(heard, missed);
}

}  // namespace
}  // namespace pushgate::node
