#include "node/store/memory_log.hpp"

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class MemoryLogTest : public ::testing::Test {
 protected:
  std::string publish(std::string room, std::string data, AppendRule rule) {
    Envelope envelope;
    if (!room.empty()) envelope.options.rooms.push_back(std::move(room));
    envelope.packet.data = std::move(data);
    return log.append(std::make_shared<const Envelope>(std::move(envelope)), rule, now);
  }
  std::string publish_kept(const std::string& room, std::string data) {
    return publish(room, std::move(data), {.rooms = {{room, keep}}});
  }
  Missed read(const std::string& since, std::vector<std::string> rooms) {
    HistoryQuery query{.since = since};
    for (std::string& room : rooms) query.rooms.push_back({std::move(room), keep});
    return log.read_history(query);
  }
  static std::vector<std::string> data_of(const Missed& missed) {
    std::vector<std::string> all;
    for (const EnvelopePtr& event : missed.events) all.push_back(event->packet.data);
    return all;
  }

  config::HistoryConfig keep{3, seconds{60}};
  StoreMetrics metrics;
  MemoryLog log{"e", metrics};
  TimePoint now = Clock::now();
};

using Texts = std::vector<std::string>;

TEST_F(MemoryLogTest, GivesBackWhatFollowsAnOffset) {
  publish_kept("a", "[1]");
  const std::string second = publish_kept("a", "[2]");
  const std::string third = publish_kept("a", "[3]");

  const Missed missed = read(second, {"a"});

  EXPECT_EQ(missed.miss, StoreMiss::none);
  EXPECT_EQ(data_of(missed), Texts{"[3]"});
  EXPECT_EQ(missed.events.at(0)->offset, third);
  EXPECT_EQ(missed.offset, third);
}

TEST_F(MemoryLogTest, SeveralRoomsComeInTheOrderOfPublishing) {
  publish_kept("a", "[1]");
  publish_kept("b", "[2]");
  publish_kept("a", "[3]");
  EXPECT_EQ(data_of(read("0", {"a", "b"})), (Texts{"[1]", "[2]", "[3]"}));
}

TEST_F(MemoryLogTest, AMessageOfTwoRoomsComesOnce) {
  Envelope envelope;
  envelope.options.rooms = {"a", "b"};
  log.append(std::make_shared<const Envelope>(envelope), {.rooms = {{"a", keep}, {"b", keep}}},
             now);
  EXPECT_EQ(read("0", {"a", "b"}).events.size(), 1u);
}

TEST_F(MemoryLogTest, WhatWasTrimmedIsNotPassedOverInSilence) {
  const std::string first = publish_kept("a", "[1]");
  const std::string second = publish_kept("a", "[2]");
  for (const char* const data : {"[3]", "[4]", "[5]"}) publish_kept("a", data);

  EXPECT_EQ(read(first, {"a"}).miss, StoreMiss::trimmed);
  EXPECT_TRUE(read(first, {"a"}).events.empty());
  // The one that was trimmed last is the one the client has got: it misses nothing.
  EXPECT_EQ(data_of(read(second, {"a"})), (Texts{"[3]", "[4]", "[5]"}));
  EXPECT_EQ(data_of(read("0", {"a"})), (Texts{"[3]", "[4]", "[5]"}));
  EXPECT_EQ(metrics.trimmed.value(), 2u);
}

TEST_F(MemoryLogTest, ARoomThatExpiredIsRemembered) {
  const std::string first = publish_kept("a", "[1]");
  publish_kept("a", "[2]");
  now += seconds{60};
  log.expire(now);

  EXPECT_EQ(read(first, {"a"}).miss, StoreMiss::trimmed);
  const std::string third = publish_kept("a", "[3]");
  EXPECT_EQ(read(first, {"a"}).miss, StoreMiss::trimmed);
  EXPECT_EQ(read(third, {"a"}).miss, StoreMiss::none);
  EXPECT_EQ(metrics.rooms.value(), 1);
}

TEST_F(MemoryLogTest, TheTimeOfARoomBeginsAnewWithEachMessage) {
  const std::string first = publish_kept("a", "[1]");
  now += seconds{40};
  publish_kept("a", "[2]");
  now += seconds{40};
  log.expire(now);
  EXPECT_EQ(data_of(read(first, {"a"})), Texts{"[2]"});
}

TEST_F(MemoryLogTest, OffsetsOfAnotherLogMeanNothing) {
  publish_kept("a", "[1]");
  EXPECT_EQ(read("f-1-0", {"a"}).miss, StoreMiss::other_epoch);
  EXPECT_EQ(read("e-2-0", {"a"}).miss, StoreMiss::bad_offset);
  EXPECT_EQ(read("nonsense", {"a"}).miss, StoreMiss::bad_offset);
}

TEST_F(MemoryLogTest, SessionsGetWhatWasMeantForThem) {
  const AppendRule rule{.for_sessions = seconds{10}};
  const std::string first = publish("", "[1]", rule);
  publish("a", "[2]", rule);
  publish("b", "[3]", rule);
  publish("id", "[4]", rule);
  publish("", "[5]", rule);

  const Texts rooms{"a"};
  const Missed missed = log.read_for_session("/", first, {rooms, "id"}, 100);

  EXPECT_EQ(missed.miss, StoreMiss::none);
  EXPECT_EQ(data_of(missed), (Texts{"[2]", "[4]", "[5]"}));
  EXPECT_EQ(log.read_for_session("/", first, {rooms, "id"}, 2).miss, StoreMiss::trimmed);
}

TEST_F(MemoryLogTest, TheLogOfSessionsForgetsByAge) {
  const AppendRule rule{.for_sessions = seconds{10}};
  const std::string first = publish("", "[1]", rule);
  const std::string second = publish("", "[2]", rule);
  now += seconds{11};
  publish("", "[3]", rule);
  log.expire(now);

  EXPECT_EQ(log.read_for_session("/", first, {{}, "id"}, 100).miss, StoreMiss::trimmed);
  EXPECT_EQ(data_of(log.read_for_session("/", second, {{}, "id"}, 100)), Texts{"[3]"});
}

TEST_F(MemoryLogTest, EvictionTakesTheOldestOfAll) {
  const AppendRule rule{.rooms = {{"a", keep}}, .for_sessions = seconds{10}};
  const std::string first = publish("a", "[1]", rule);
  publish_kept("b", "[2]");
  const std::size_t before = log.bytes();

  EXPECT_TRUE(log.evict_oldest());

  EXPECT_LT(log.bytes(), before);
  EXPECT_EQ(data_of(read("0", {"a", "b"})), Texts{"[2]"});
  EXPECT_EQ(read(first, {"a", "b"}).miss, StoreMiss::none);
  EXPECT_EQ(read("e-0-0", {"a"}).miss, StoreMiss::trimmed);
  EXPECT_TRUE(log.evict_oldest());
  EXPECT_FALSE(log.evict_oldest());
  EXPECT_EQ(log.bytes(), 0u);
}

}  // namespace
}  // namespace pushgate::node
