// bus_broadcasts_test.cpp - what every bus promises of broadcasts and commands.

#include "node/bus/contract_fixture.hpp"

namespace pushgate::node::test {
namespace {

class BusBroadcasts : public BusContract {};

INSTANTIATE_TEST_SUITE_P(Every, BusBroadcasts, every_bus(),
                         [](const auto& kind) { return name_of(kind.param); });

// ---- broadcasts
// -----------------------------------------------------------------------------------

TEST_P(BusBroadcasts, ABroadcastReachesEveryOtherNodeAndNotItsOwn) {
  publish(0, event(R"(["a"])"));
  publish(2, event(R"(["b"])"));

  EXPECT_TRUE(eventually([&] { return nodes[1].data().size() == 2 && nodes[0].has(R"(["b"])"); }));
  EXPECT_TRUE(eventually([&] { return nodes[2].has(R"(["a"])"); }));
  EXPECT_EQ(nodes[0].data(), (std::vector<std::string>{R"(["b"])"}));
  EXPECT_EQ(nodes[2].data(), (std::vector<std::string>{R"(["a"])"}));
}

TEST_P(BusBroadcasts, EverythingAboutABroadcastArrives) {
  Envelope sent;
  sent.packet.data = R"(["x",{"_placeholder":true,"num":0},1.5,"é"])";
  sent.packet.attachments = {std::string("\x00\xff\x01", 3)};
  sent.options.rooms = {"r1", "r2"};
  sent.options.except = {"r3"};
  sent.options.flags.is_volatile = true;
  sent.options.flags.compress = false;
  join(2, "r2");
  meet("r2", "/", {2});

  publish(0, std::make_shared<const Envelope>(sent));

  ASSERT_TRUE(eventually([&] { return !nodes[2].data().empty(); }));
  const EnvelopePtr got = nodes[2].envelopes().back();
  EXPECT_EQ(got->packet, sent.packet);
  EXPECT_EQ(got->options, sent.options);
}

TEST_P(BusBroadcasts, ARoomsBroadcastReachesOnlyNodesWithMembers) {
  join(1, "room");
  join(2, "room");
  meet("room", "/", {1, 2});

  publish(2, event(R"(["in room"])", {"room"}));
  publish(2, event(R"(["in another"])", {"another"}));
  publish(2, event(R"(["to all"])"));

  ASSERT_TRUE(
      eventually([&] { return nodes[0].has(R"(["to all"])") && nodes[1].has(R"(["to all"])"); }));
  EXPECT_EQ(nodes[0].data(), (std::vector<std::string>{R"(["to all"])"}));
  EXPECT_TRUE(nodes[1].has(R"(["in room"])"));
  EXPECT_FALSE(nodes[1].has(R"(["in another"])"));
}

TEST_P(BusBroadcasts, SeveralRoomsReachANodeOnce) {
  join(2, "a");
  join(2, "b");
  meet("a", "/", {2});
  meet("b", "/", {2});

  publish(0, event(R"(["once"])", {"a", "b", "c"}));
  publish(0, event(R"(["end"])"));

  ASSERT_TRUE(eventually([&] { return nodes[2].has(R"(["end"])"); }));
  EXPECT_EQ(nodes[2].data(), (std::vector<std::string>{R"(["once"])", R"(["end"])"}));
}

TEST_P(BusBroadcasts, RoomsAreCountedAndEndWithTheirLastMember) {
  join(2, "room");
  join(2, "room");  // another io thread of the same node
  bus(2).leave_room(ids[2], "/", "room");
  meet("room", "/", {2});

  bus(2).leave_room(ids[2], "/", "room");
  bus(2).publish(ids[2], event(R"(["left"])"));  // behind the leaving
  ASSERT_TRUE(eventually([&] { return nodes[0].has(R"(["left"])"); }));
  publish(0, event(R"(["too late"])", {"room"}));
  publish(0, event(R"(["end"])"));

  ASSERT_TRUE(eventually([&] { return nodes[2].has(R"(["end"])"); }));
  EXPECT_FALSE(nodes[2].has(R"(["too late"])"));
}

TEST_P(BusBroadcasts, ASocketIsReachedByItsId) {
  const std::string id = "abcdefghijklmnopqrst";
  bus(2).add_socket(ids[2], "/", id);
  meet(id, "/", {2});

  publish(0, event(R"(["for you"])", {id}));
  EXPECT_TRUE(eventually([&] { return nodes[2].has(R"(["for you"])"); }));

  bus(2).remove_socket(ids[2], "/", id);
  publish(2, event(R"(["gone"])"));
  ASSERT_TRUE(eventually([&] { return nodes[0].has(R"(["gone"])"); }));
  publish(0, event(R"(["nobody"])", {id}));
  publish(0, event(R"(["end"])"));
  ASSERT_TRUE(eventually([&] { return nodes[2].has(R"(["end"])"); }));
  EXPECT_FALSE(nodes[2].has(R"(["nobody"])"));
}

TEST_P(BusBroadcasts, NamespacesAreApart) {
  bus(2).open_namespace(ids[2], "/chat");
  bus(0).open_namespace(ids[0], "/chat");
  bus(0).join_room(ids[0], "/", "room");
  bus(2).join_room(ids[2], "/chat", "room");
  meet({}, "/chat", {0, 2});
  meet("room", "/chat", {2});

  publish(1, event(R"(["chat"])", {}, "/chat"));
  publish(1, event(R"(["chat room"])", {"room"}, "/chat"));
  publish(1, event(R"(["end"])"));

  ASSERT_TRUE(
      eventually([&] { return nodes[0].has(R"(["end"])") && nodes[2].has(R"(["chat room"])"); }));
  EXPECT_TRUE(nodes[0].has(R"(["chat"])"));
  EXPECT_FALSE(nodes[0].has(R"(["chat room"])"));
  EXPECT_TRUE(nodes[2].has(R"(["chat"])"));
}

TEST_P(BusBroadcasts, AClosedNamespaceHearsNothing) {
  bus(2).open_namespace(ids[2], "/chat");
  meet({}, "/chat", {2});
  bus(2).close_namespace(ids[2], "/chat");
  publish(2, event(R"(["closed"])"));
  ASSERT_TRUE(eventually([&] { return nodes[0].has(R"(["closed"])"); }));

  publish(0, event(R"(["unheard"])", {}, "/chat"));
  publish(0, event(R"(["end"])"));
  ASSERT_TRUE(eventually([&] { return nodes[2].has(R"(["end"])"); }));
  EXPECT_FALSE(nodes[2].has(R"(["unheard"])"));
}

TEST_P(BusBroadcasts, RoomNamesMayHoldAnything) {
  const std::string room = "a#b*[c]? \xc3\xa9 #/";
  join(2, room);
  meet(room, "/", {2});
  publish(0, event(R"(["odd"])", {room}));
  EXPECT_TRUE(eventually([&] { return nodes[2].has(R"(["odd"])"); }));
}

TEST_P(BusBroadcasts, NamespaceNamesMayHoldWildCards) {
  bus(2).open_namespace(ids[2], "/a*[b]");
  meet({}, "/a*[b]", {2});
  publish(0, event(R"(["odd"])", {}, "/a*[b]"));
  EXPECT_TRUE(eventually([&] { return nodes[2].has(R"(["odd"])"); }));
}

TEST_P(BusBroadcasts, WhatIsLocalStays) {
  Envelope local;
  local.packet.data = R"(["local"])";
  local.options.flags.local = true;
  publish(0, std::make_shared<const Envelope>(local));
  publish(0, event(R"(["end"])"));

  ASSERT_TRUE(eventually([&] { return nodes[1].has(R"(["end"])") && nodes[2].has(R"(["end"])"); }));
  EXPECT_FALSE(nodes[1].has(R"(["local"])"));
  EXPECT_FALSE(nodes[2].has(R"(["local"])"));
}

TEST_P(BusBroadcasts, TheOrderOfASenderIsKept) {
  constexpr int kMessages = 2000;
  std::vector<std::string> sent;
  for (int i = 0; i < kMessages; ++i) {
    sent.push_back("[\"n\"," + std::to_string(i) + "]");
    publish(0, event(sent.back()));
  }
  ASSERT_TRUE(eventually([&] { return nodes[2].data().size() == kMessages; }));
  EXPECT_EQ(nodes[2].data(), sent);
  EXPECT_EQ(nodes[1].data(), sent);
}

TEST_P(BusBroadcasts, APublisherLearnsThatItIsDone) {
  std::promise<Result<std::string>> done;
  bus(0).publish(ids[0], event(R"(["x"])"),
                 [&](Result<std::string> result) { done.set_value(std::move(result)); });
  const Result<std::string> result = done.get_future().get();
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->find('-') != std::string::npos, GetParam() == BusKind::streams)
      << "streams have offsets: " << *result;
}

// ---- commands
// -------------------------------------------------------------------------------------

TEST_P(BusBroadcasts, CommandsReachEveryOtherNode) {
  Packet ping;
  ping.data = R"(["ping",1])";
  const std::vector<Command> sent{
      {"/", SocketsJoin{{{"a"}, {"b"}, {}}, {"c"}}},
      {"/", SocketsLeave{{{"a"}, {}, {}}, {"c", "d"}}},
      {"/", SocketsDisconnect{{{}, {"b"}, {}}, true}},
      {"/", ServerEvent{ping}},
  };
  for (const Command& command : sent) bus(0).command(ids[0], command);

  ASSERT_TRUE(eventually([&] { return nodes[2].commands().size() == sent.size(); }));
  // An event for servers does not wait for what is in a stream.
  for (const Command& command : sent) {
    const auto got = nodes[2].commands();
    EXPECT_NE(std::find(got.begin(), got.end(), command), got.end()) << command.action.index();
  }
  EXPECT_EQ(nodes[1].commands(), sent);
  EXPECT_TRUE(nodes[0].commands().empty());
}

}  // namespace
}  // namespace pushgate::node::test
