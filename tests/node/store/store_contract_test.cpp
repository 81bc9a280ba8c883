// store_contract_test.cpp - what every store promises, asked of each of them.

#include <string>

#include <gtest/gtest.h>

#include "node/store/store_fixture.hpp"

namespace pushgate::node {
namespace {

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

TEST_P(StoreContract, ASessionComesBackWithWhatItMissed) {
  const std::string seen = publish({"a"}, "[1]");
  store->save_session(somebody(), seconds{60});
  publish({"a"}, "[2]");
  publish({"b"}, "[3]");
  publish({"user:ann"}, "[4]");
  publish({somebody().sid}, "[5]");
  publish({}, "[6]");
  const RestoreQuery query{.pid = somebody().pid, .owner = "second", .uid = "ann", .offset = seen};

  const Restored restored = restore(query);

  EXPECT_EQ(restored.missed.miss, StoreMiss::none);
  StoredSession expected = somebody();
  expected.owner = "second";
  expected.former_owner = "first";
  EXPECT_EQ(restored.session, expected);
  EXPECT_EQ(data_of(restored.missed.events), (Texts{"[2]", "[4]", "[5]", "[6]"}));
}

TEST_P(StoreContract, WhoRestoresASessionOwnsIt) {
  const std::string seen = publish({"a"}, "[1]");
  store->save_session(somebody(), seconds{60});
  RestoreQuery query{.pid = somebody().pid, .owner = "second", .uid = "ann", .offset = seen};
  EXPECT_EQ(restore(query).missed.miss, StoreMiss::none);

  // What the first one says now is ignored.
  StoredSession late = somebody();
  late.rooms = {"elsewhere"};
  store->save_session(late, seconds{60});
  store->forget_session(somebody().pid, "first");

  query.owner = "third";
  const Restored again = restore(query);
  EXPECT_EQ(again.missed.miss, StoreMiss::none);
  EXPECT_EQ(again.session.former_owner, "second");
  EXPECT_EQ(again.session.rooms, somebody().rooms);
  store->forget_session(somebody().pid, "third");
  EXPECT_EQ(restore(query).missed.miss, StoreMiss::unknown_session);
}

TEST_P(StoreContract, ALiveSessionSaysSo) {
  publish({"a"}, "[1]");
  StoredSession session = somebody();
  session.is_live = true;
  session.started_at = position();
  store->save_session(session, seconds{60});
  EXPECT_TRUE(restore({.pid = session.pid, .owner = "x", .uid = "ann"}).session.is_live);
}

TEST_P(StoreContract, WhoRestoredASessionLivesUntilItSaysOtherwise) {
  const std::string seen = publish({"a"}, "[1]");
  store->save_session(somebody(), seconds{60});
  RestoreQuery query{.pid = somebody().pid, .owner = "second", .uid = "ann", .offset = seen};
  EXPECT_FALSE(restore(query).session.is_live);
  query.owner = "third";  // before the second has saved anything
  EXPECT_TRUE(restore(query).session.is_live);
}

TEST_P(StoreContract, AfterAMissTheSessionIsGone) {
  store->save_session(somebody(), seconds{60});
  RestoreQuery query{.pid = somebody().pid, .owner = "x", .uid = "ann", .offset = "old-1-0"};
  EXPECT_EQ(restore(query).missed.miss, StoreMiss::other_epoch);
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

}  // namespace
}  // namespace pushgate::node
