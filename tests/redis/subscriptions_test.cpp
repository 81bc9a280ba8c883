// subscriptions_test.cpp - the wanted set, the commands it becomes, and what Redis answers.

#include "redis/subscriptions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/key_slot.hpp"
#include "redis/replies.hpp"
#include "redis/reply_reader.hpp"

namespace pushgate::redis {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Kind = SubscriptionKind;
using Type = SubscriptionEvent::Type;

class SubscriptionsTest : public ::testing::Test {
 protected:
  /// What is to be sent, a command per element with spaces between its words.
  std::vector<std::string> commands() { return commands_of(subscriptions); }
  static std::vector<std::string> commands_of(Subscriptions& from) {
    std::string bytes;
    from.append_commands(bytes);
    ReplyReader reader{1'000'000};  // a command looks like an array of bulk strings
    reader.give(bytes);
    std::vector<std::string> out;
    while (const Reply* const command = reader.next()) {
      std::string& line = out.emplace_back();
      for (const Reply& word : command->elements) line += (line.empty() ? "" : " ") + word.text;
    }
    return out;
  }
  /// The server's confirmation.
  SubscriptionEvent confirm(const char* word, const char* channel) {
    reply = array({bulk(word), bulk(channel), integer(1)});
    return subscriptions.on_reply(reply);
  }
  SubscriptionEvent error(std::string text) {
    reply = error_reply(std::move(text));
    return subscriptions.on_reply(reply);
  }
  void subscribe(const char* channel) {
    subscriptions.want(Kind::channel, channel);
    commands();
    ASSERT_EQ(confirm("subscribe", channel).type, Type::subscribed);
  }

  TimePoint now{seconds{1000}};
  Subscriptions subscriptions{seconds{5}, false};
  Reply reply;
};

TEST_F(SubscriptionsTest, EachKindHasItsCommand) {
  subscriptions.want(Kind::shard, "s");
  subscriptions.want(Kind::channel, "a");
  subscriptions.want(Kind::pattern, "p*");
  subscriptions.want(Kind::channel, "b");

  EXPECT_THAT(commands(), ElementsAre("SUBSCRIBE a b", "PSUBSCRIBE p*", "SSUBSCRIBE s"));
  EXPECT_THAT(commands(), IsEmpty());
  EXPECT_EQ(subscriptions.wanted_count(), 4U);
  EXPECT_EQ(subscriptions.confirmed_count(), 0U);
}

TEST_F(SubscriptionsTest, ConfirmationsAreCounted) {
  EXPECT_FALSE(subscriptions.want(Kind::channel, "a"));
  subscriptions.want(Kind::pattern, "a");
  EXPECT_FALSE(subscriptions.settled());
  commands();
  EXPECT_FALSE(subscriptions.settled());

  const SubscriptionEvent event = confirm("subscribe", "a");
  EXPECT_EQ(event.type, Type::subscribed);
  EXPECT_EQ(event.kind, Kind::channel);
  EXPECT_EQ(event.channel, "a");
  EXPECT_FALSE(subscriptions.settled());
  EXPECT_EQ(confirm("psubscribe", "a").kind, Kind::pattern);

  EXPECT_TRUE(subscriptions.settled());
  EXPECT_EQ(subscriptions.confirmed_count(), 2U);
  EXPECT_TRUE(subscriptions.want(Kind::channel, "a"));
  EXPECT_THAT(commands(), IsEmpty());
}

TEST_F(SubscriptionsTest, MessagesAreViews) {
  reply = array({bulk("message"), bulk("a"), bulk("payload")});
  SubscriptionEvent event = subscriptions.on_reply(reply);
  EXPECT_EQ(event.type, Type::message);
  EXPECT_EQ(event.message.channel, "a");
  EXPECT_EQ(event.message.payload.data(), reply.elements[2].text.data());

  reply = array({bulk("pmessage"), bulk("a*"), bulk("ab"), bulk("p")});
  event = subscriptions.on_reply(reply);
  EXPECT_EQ(event.message.kind, Kind::pattern);
  EXPECT_EQ(event.message.pattern, "a*");
  EXPECT_EQ(event.message.channel, "ab");
  EXPECT_EQ(event.message.payload, "p");

  reply = array({bulk("smessage"), bulk("s"), bulk("p")});
  EXPECT_EQ(subscriptions.on_reply(reply).message.kind, Kind::shard);
}

TEST_F(SubscriptionsTest, LeavingIsDelayedAndUndone) {
  subscribe("a");
  subscriptions.unwant(Kind::channel, "a", now);
  EXPECT_EQ(subscriptions.deadline(), now + seconds{5});
  EXPECT_EQ(subscriptions.wanted_count(), 0U);

  EXPECT_TRUE(subscriptions.want(Kind::channel, "a"));
  subscriptions.expire(now + seconds{5});

  EXPECT_THAT(commands(), IsEmpty());
  EXPECT_EQ(subscriptions.confirmed_count(), 1U);
}

TEST_F(SubscriptionsTest, LeavingAgainBeginsTheDelayAnew) {
  subscribe("a");
  subscriptions.unwant(Kind::channel, "a", now);
  subscriptions.want(Kind::channel, "a");
  subscriptions.unwant(Kind::channel, "a", now + seconds{3});

  subscriptions.expire(now + seconds{5});
  EXPECT_THAT(commands(), IsEmpty());
  subscriptions.expire(now + seconds{8});
  EXPECT_THAT(commands(), ElementsAre("UNSUBSCRIBE a"));
  EXPECT_EQ(confirm("unsubscribe", "a").type, Type::nothing);
  EXPECT_TRUE(subscriptions.settled());
  EXPECT_EQ(subscriptions.deadline(), TimePoint::max());
}

TEST_F(SubscriptionsTest, AWishThatIsWithdrawnBeforeItIsSentCostsNothing) {
  subscriptions.want(Kind::channel, "a");
  subscriptions.unwant(Kind::channel, "a", now);

  EXPECT_THAT(commands(), IsEmpty());
  EXPECT_TRUE(subscriptions.settled());
  EXPECT_EQ(subscriptions.deadline(), TimePoint::max());
}

TEST_F(SubscriptionsTest, WantedAgainWhileTheEndIsOnItsWay) {
  subscribe("a");
  subscriptions.unwant(Kind::channel, "a", now, true);
  EXPECT_THAT(commands(), ElementsAre("UNSUBSCRIBE a"));

  EXPECT_FALSE(subscriptions.want(Kind::channel, "a"));
  EXPECT_THAT(commands(), ElementsAre("SUBSCRIBE a"));
  EXPECT_EQ(confirm("unsubscribe", "a").type, Type::nothing);
  EXPECT_EQ(subscriptions.confirmed_count(), 0U);

  EXPECT_EQ(confirm("subscribe", "a").type, Type::subscribed);
  EXPECT_EQ(subscriptions.confirmed_count(), 1U);
}

TEST_F(SubscriptionsTest, LeftBeforeItIsConfirmed) {
  subscriptions.want(Kind::channel, "a");
  commands();
  subscriptions.unwant(Kind::channel, "a", now, true);
  commands();

  EXPECT_EQ(confirm("subscribe", "a").type, Type::nothing);
  EXPECT_EQ(confirm("unsubscribe", "a").type, Type::nothing);
  EXPECT_TRUE(subscriptions.settled());
}

TEST_F(SubscriptionsTest, AfterAReconnectAllThatIsWantedIsSentAgain) {
  subscribe("a");
  subscribe("b");
  subscribe("leaving");
  subscriptions.want(Kind::channel, "unanswered");
  commands();
  subscriptions.unwant(Kind::channel, "leaving", now);

  subscriptions.disconnected();

  EXPECT_EQ(subscriptions.confirmed_count(), 0U);
  EXPECT_EQ(subscriptions.wanted_count(), 3U);
  ASSERT_EQ(commands().size(), 1U);
  EXPECT_THAT(subscriptions.wanted(Kind::channel), UnorderedElementsAre("a", "b", "unanswered"));
  subscriptions.expire(now + seconds{9});
  EXPECT_THAT(commands(), IsEmpty());
}

TEST_F(SubscriptionsTest, BatchesOf512) {
  for (int i = 0; i < 1025; ++i) subscriptions.want(Kind::channel, std::to_string(i));

  const std::vector<std::string> sent = commands();

  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(std::count(sent[0].begin(), sent[0].end(), ' '), 512);
  EXPECT_EQ(sent[2], "SUBSCRIBE 1024");
}

TEST_F(SubscriptionsTest, InAClusterEachShardCommandHasOneSlot) {
  Subscriptions clustered{seconds{5}, true};
  ASSERT_LT(key_slot("{b}1"), key_slot("{a}1"));
  for (const char* channel : {"{a}1", "{b}1", "{a}2", "{b}2"}) clustered.want(Kind::shard, channel);
  clustered.want(Kind::channel, "x");
  clustered.want(Kind::channel, "y");

  EXPECT_THAT(commands_of(clustered),
              ElementsAre("SUBSCRIBE x y", "SSUBSCRIBE {b}1 {b}2", "SSUBSCRIBE {a}1 {a}2"));
}

TEST_F(SubscriptionsTest, AnErrorRefusesTheWholeCommandAndOnlyThat) {
  subscriptions.want(Kind::shard, "s1");
  subscriptions.want(Kind::shard, "s2");
  subscriptions.want(Kind::channel, "a");
  commands();
  EXPECT_EQ(confirm("subscribe", "a").type, Type::subscribed);

  const SubscriptionEvent event = error("NOPERM channel");

  EXPECT_EQ(event.type, Type::refused);
  EXPECT_EQ(event.kind, Kind::shard);
  EXPECT_EQ(event.error, "NOPERM channel");
  EXPECT_THAT(event.refused, ElementsAre("s1", "s2"));
  EXPECT_TRUE(subscriptions.settled());
  EXPECT_THAT(commands(), IsEmpty());
  subscriptions.want(Kind::shard, "s1");  // asked for again
  EXPECT_THAT(commands(), ElementsAre("SSUBSCRIBE s1"));
}

TEST_F(SubscriptionsTest, AShardChannelThatTheServerEndsIsLost) {
  subscriptions.want(Kind::shard, "s");
  commands();
  confirm("ssubscribe", "s");

  const SubscriptionEvent event = confirm("sunsubscribe", "s");

  EXPECT_EQ(event.type, Type::lost);
  EXPECT_EQ(event.channel, "s");
  EXPECT_EQ(subscriptions.confirmed_count(), 0U);
  EXPECT_EQ(subscriptions.wanted_count(), 1U);
  EXPECT_EQ(confirm("sunsubscribe", "unknown").type, Type::nothing);
}

// Slot 1 moves while another channel of it is being left: its end, said unasked, comes first and
// looks like the answer; the answer is an error that must not hit the command behind.
TEST_F(SubscriptionsTest, AnEndThatCrossesOursDoesNoHarm) {
  subscriptions = Subscriptions{seconds{5}, true};
  subscriptions.want(Kind::shard, "{a}");
  commands();
  confirm("ssubscribe", "{a}");
  subscriptions.unwant(Kind::shard, "{a}", now, true);
  subscriptions.want(Kind::shard, "{b}");
  EXPECT_THAT(commands(), UnorderedElementsAre("SUNSUBSCRIBE {a}", "SSUBSCRIBE {b}"));
  const std::string moved = "MOVED " + std::to_string(key_slot("a")) + " 10.0.0.1:6379";

  EXPECT_EQ(confirm("sunsubscribe", "{a}").type, Type::nothing);
  EXPECT_EQ(error(moved).type, Type::nothing);
  EXPECT_EQ(confirm("ssubscribe", "{b}").type, Type::subscribed);
  EXPECT_EQ(error(moved).type, Type::nothing);
  EXPECT_TRUE(subscriptions.settled());
}

TEST_F(SubscriptionsTest, PongsOfBothFormsAreNothing) {
  reply = array({bulk("pong"), bulk("")});
  EXPECT_EQ(subscriptions.on_reply(reply).type, Type::nothing);
  reply = status("PONG");
  EXPECT_EQ(subscriptions.on_reply(reply).type, Type::nothing);
}

TEST_F(SubscriptionsTest, WhatFitsNothingIsNonsense) {
  EXPECT_EQ(confirm("subscribe", "never asked").type, Type::nonsense);
  EXPECT_EQ(confirm("hello", "a").type, Type::nonsense);
  EXPECT_EQ(error("ERR out of the blue").type, Type::nonsense);
  for (const Reply& odd : {integer(1), Reply{}, array({}), array({bulk("message"), bulk("a")}),
                           array({bulk("pmessage"), bulk("a"), bulk("b")})}) {
    reply = odd;
    EXPECT_EQ(subscriptions.on_reply(reply).type, Type::nonsense);
  }
  subscriptions.want(Kind::channel, "a");
  commands();
  EXPECT_EQ(confirm("subscribe", "b").type, Type::nonsense);
  EXPECT_EQ(confirm("psubscribe", "a").type, Type::nonsense);
}

}  // namespace
}  // namespace pushgate::redis
