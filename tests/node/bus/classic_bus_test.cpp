// classic_bus_test.cpp - the classic bus among nodes of other makes: the same Redis, their bytes.

#include "node/bus/channels.hpp"
#include "node/bus/classic_codec.hpp"
#include "node/bus/redis_fixture.hpp"

namespace pushgate::node::test {
namespace {

using std::chrono::milliseconds;

class ClassicBus : public RedisBusTest {
 protected:
  ClassicBus() { start(settings()); }

  void start(RedisBusSettings chosen) {
    const std::size_t index = add_process(BusKind::classic, std::move(chosen));
    ASSERT_TRUE(subscribed("socket.io-request#/#", static_cast<std::int64_t>(index + 1)));
  }
  /// One more node in the first process.
  void add_node() {
    nodes.push_back(std::make_unique<TestNode>());
    ids.push_back(bus(0).attach(*nodes.back(), "another"));
    bus(0).open_namespace(ids.back(), "/");
  }
  /// Everything that was published before has been dealt with.
  void settle() {
    static int marks = 0;
    const std::string mark = R"(["mark",)" + std::to_string(++marks) + "]";
    Envelope envelope;
    envelope.packet.data = mark;
    outsider.publish("socket.io#/#", encode_classic_broadcast("emitter", envelope).value());
    ASSERT_TRUE(eventually([&] { return nodes[0]->has(mark); }));
  }

  Outsider outsider{server};
};

TEST_F(ClassicBus, BroadcastsOfAdapterAndEmitterAreDelivered) {
  bus(0).join_room(ids[0], "/", "room1");
  ASSERT_TRUE(subscribed("socket.io#/#room1#"));

  for (const std::string name :
       {"classic.emit", "classic.emit_flags", "emitter.emit", "emitter.emit_room"}) {
    outsider.publish(golden::message(name).channel, golden::bytes(name));
  }
  settle();

  // emit_flags is for rooms a and b, of which nobody is here.
  ASSERT_GE(nodes[0]->envelopes().size(), 3u);
  EXPECT_EQ(nodes[0]->envelopes()[0]->packet.data, R"(["hello",1,"2",{"a":[true]}])");
  EXPECT_EQ(nodes[0]->envelopes()[0]->origin, "gRZtnr");
  EXPECT_EQ(nodes[0]->envelopes()[1]->origin, "emitter");
  EXPECT_EQ(nodes[0]->envelopes()[2]->packet.data, R"(["hello","x"])");
}

TEST_F(ClassicBus, WhatWePublishIsOnTheChannelsThatOthersListenTo) {
  outsider.listen("socket.io#/#");
  outsider.listen("socket.io#/#room1#");
  publish(0, event(R"(["hello",1,"2",{"a":[true]}])"));
  publish(0, event(R"(["one"])", {"room1"}));
  publish(0, event(R"(["two"])", {"room1", "room2"}));

  ASSERT_TRUE(eventually([&] { return outsider.heard().size() == 3; }));
  const auto heard = outsider.heard();
  EXPECT_EQ(heard[0].first, "socket.io#/#");
  EXPECT_EQ(heard[1].first, "socket.io#/#room1#");
  EXPECT_EQ(heard[2].first, "socket.io#/#");
  // The bytes of the adapter, but for the sender.
  const std::string uid = decode_classic_broadcast(heard[0].second)->origin;
  EXPECT_EQ(uid.size(), 6u);
  EXPECT_EQ(heard[0].second.substr(classic_broadcast_head(uid).size()),
            golden::bytes("classic.emit").substr(classic_broadcast_head("gRZtnr").size()));
}

TEST_F(ClassicBus, ARoomOnTheNamespacesChannelIsHonoured) {
  bus(0).join_room(ids[0], "/", "room1");
  Envelope envelope;
  envelope.packet.data = R"(["via namespace"])";
  envelope.options.rooms = {"room1"};
  ASSERT_TRUE(subscribed("socket.io#/#room1#"));
  outsider.publish("socket.io#/#", encode_classic_broadcast("emitter", envelope).value());
  EXPECT_TRUE(eventually([&] { return nodes[0]->has(R"(["via namespace"])"); }));
}

TEST_F(ClassicBus, TheProcessIsOneSubscriberAndGivesOneAnswer) {
  add_node();
  for (const auto& node : nodes) {
    node->on_inquiry = [&node](const InquiryPtr& inquiry) {
      Answer answer;
      answer.sockets = {{node->requests().empty() ? "none" : "s", {"r"}, "{}", "{}", {}}};
      answer.clients = 3;
      inquiry->answer(std::move(answer));
    };
  }
  outsider.listen("socket.io-response#/#");
  EXPECT_EQ(subscribers("socket.io-request#/#"), 1);
  outsider.publish("socket.io-request#/#",
                   R"({"uid":"nHkjJK","requestId":"r1","type":5,"opts":{"rooms":[],"except":[]}})");
  Envelope broadcast;
  broadcast.packet.data = R"(["q"])";
  outsider.publish(
      "socket.io-request#/#",
      encode_classic_request("nHkjJK", "r2",
                             {"/", BroadcastWithAck{std::make_shared<const Envelope>(broadcast)}})
          .value());

  ASSERT_TRUE(eventually([&] { return outsider.heard().size() >= 2; }));
  settle();
  const auto heard = outsider.heard();
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(decode_classic_answer(heard[0].second)->answer.sockets.size(), 2u) << "of both nodes";
  EXPECT_EQ(decode_classic_answer(heard[1].second)->answer.clients, 6u);
}

TEST_F(ClassicBus, OneSilentNodeDoesNotSilenceItsProcess) {
  add_node();
  std::vector<InquiryPtr> held;
  nodes[0]->on_inquiry = [&](const InquiryPtr& inquiry) { held.push_back(inquiry); };
  nodes[1]->on_inquiry = [](const InquiryPtr& inquiry) {
    Answer answer;
    answer.sockets = {{"theirs", {}, "{}", "{}", {}}};
    inquiry->answer(std::move(answer));
  };
  outsider.listen("socket.io-response#/#");
  outsider.publish("socket.io-request#/#",
                   R"({"uid":"nHkjJK","requestId":"r1","type":5,"opts":{"rooms":[]}})");
  ASSERT_TRUE(eventually([&] { return !outsider.heard().empty(); }));
  EXPECT_EQ(decode_classic_answer(outsider.heard()[0].second)->answer.sockets.size(), 1u);
  held.at(0)->answer({});  // too late, and harmless
  settle();
  EXPECT_EQ(outsider.heard().size(), 1u);
}

TEST_F(ClassicBus, ServersWithoutAnAnswerSayNull) {
  outsider.listen("socket.io-response#/#");
  outsider.publish("socket.io-request#/#",
                   R"({"uid":"nHkjJK","requestId":"r1","type":6,"data":["ping",1]})");
  ASSERT_TRUE(eventually([&] { return !outsider.heard().empty(); }));
  EXPECT_TRUE(outsider.heard()[0].second.starts_with(R"({"type":6,"requestId":"r1","data":null)"))
      << outsider.heard()[0].second;
}

TEST_F(ClassicBus, AcknowledgementsGoBackToNodesOfOtherMakes) {
  nodes[0]->on_inquiry = [](const InquiryPtr& inquiry) {
    inquiry->acknowledge(value(R"(["early"])"));
    Answer answer;
    answer.clients = 2;
    inquiry->answer(std::move(answer));
    inquiry->acknowledge(value(R"(["late"])"));
  };
  outsider.listen("socket.io-response#/#");
  outsider.publish("socket.io-request#/#", golden::bytes("classic.broadcast_ack"));

  ASSERT_TRUE(eventually([&] { return outsider.heard().size() == 3; }));
  std::vector<ClassicAnswer> got;
  for (const auto& [channel, payload] : outsider.heard())
    got.push_back(*decode_classic_answer(payload));
  EXPECT_EQ(got[0].answer.clients, 2u) << "the number comes first";
  EXPECT_EQ(got[1].answer.values.at(0).data, R"(["early"])");
  EXPECT_EQ(got[2].answer.values.at(0).data, R"(["late"])");
  EXPECT_EQ(got[2].request_id, "FSKh8h");
}

TEST_F(ClassicBus, AnswersMayGoToTheChannelOfTheAsker) {
  RedisBusSettings specific = settings("second");
  specific.specific_responses = true;
  start(specific);
  outsider.listen("socket.io-response#/#nHkjJK#");
  outsider.listen("socket.io-response#/#");
  outsider.publish("socket.io-request#/#", R"({"uid":"nHkjJK","requestId":"r1","type":1})");
  ASSERT_TRUE(eventually([&] { return outsider.heard().size() == 2; }));
  std::vector<std::string> channels{outsider.heard()[0].first, outsider.heard()[1].first};
  std::sort(channels.begin(), channels.end());
  EXPECT_EQ(channels,
            (std::vector<std::string>{"socket.io-response#/#", "socket.io-response#/#nHkjJK#"}));
}

TEST_F(ClassicBus, AnOldRequestIsAnsweredByWhoHasTheSocket) {
  bus(0).add_socket(ids[0], "/", "my-socket");
  ASSERT_TRUE(subscribed("socket.io#/#my-socket#"));
  outsider.listen("socket.io-response#/#");
  outsider.publish("socket.io-request#/#",
                   R"({"requestId":"r1","type":2,"sid":"other","room":"a"})");
  outsider.publish("socket.io-request#/#",
                   R"({"requestId":"r2","type":2,"sid":"my-socket","room":"a"})");
  ASSERT_TRUE(eventually([&] { return !outsider.heard().empty(); }));
  EXPECT_EQ(outsider.heard(),
            (Outsider::Heard{{"socket.io-response#/#", R"({"requestId":"r2"})"}}));
  EXPECT_EQ(nodes[0]->commands(),
            (std::vector<Command>{{"/", SocketsJoin{{{"my-socket"}, {}, {}}, {"a"}}}}));
}

TEST_F(ClassicBus, NodesOfSocketIo2GetTheirAnswers) {
  const std::string id = "abcdefghijklmnopqrst";
  bus(0).add_socket(ids[0], "/", id);
  ASSERT_TRUE(subscribed("socket.io#/#" + id + "#"));
  nodes[0]->on_inquiry = [&](const InquiryPtr& inquiry) {
    Answer answer;
    answer.ids = {id};
    answer.rooms = {id, "room"};
    answer.sockets = {{id, {id, "its room"}, "{}", "{}", {}}};
    inquiry->answer(std::move(answer));
  };
  outsider.listen("socket.io-response#/#");
  const std::string sid = R"("sid":")" + id + R"(")";
  for (const std::string& rest :
       {std::string{R"("type":0,"rooms":["room"])"}, R"("type":1,)" + sid,
        std::string{R"("type":1,"sid":"elsewhere")"}, std::string{R"("type":2)"},
        R"("type":3,"room":"a",)" + sid, std::string{R"("type":4,"room":"a","sid":"elsewhere")"},
        std::string{R"("type":5,"data":{"x":1})"}, R"("type":6,"close":true,)" + sid}) {
    outsider.publish("socket.io-request#/#", R"({"requestid":"r",)" + rest + "}");
  }

  ASSERT_TRUE(eventually([&] { return outsider.heard().size() == 6; }));
  std::vector<std::string> answers;
  for (const auto& [channel, payload] : outsider.heard()) answers.push_back(payload);
  std::sort(answers.begin(), answers.end());
  EXPECT_EQ(answers, (std::vector<std::string>{
                         R"({"requestid":"r","clients":[")" + id + R"("]})",
                         R"({"requestid":"r","data":null})",
                         R"({"requestid":"r","rooms":[")" + id + R"(","its room"]})",
                         R"({"requestid":"r","rooms":[")" + id + R"(","room"]})",
                         R"({"requestid":"r"})",
                         R"({"requestid":"r"})",
                     }));
  const BroadcastOptions it{{id}, {}, {}};
  EXPECT_EQ(nodes[0]->commands(), (std::vector<Command>{{"/", SocketsJoin{it, {"a"}}},
                                                        {"/", SocketsDisconnect{it, true}}}));
}

TEST_F(ClassicBus, ANodeOfAnotherMakeIsAskedAndCounted) {
  outsider.on_heard = [&](const std::string&, const std::string& payload) {
    const auto request = decode_classic_request(payload, "/");
    if (!request || request->type != ClassicType::remote_fetch) return;
    Answer answer;
    answer.sockets = {{"theirs", {"r"}, R"({"a":1})", "{}", {}}};
    // As they answer: without saying who they are.
    outsider.publish("socket.io-response#/#",
                     encode_classic_answer({}, request->request_id, request->type, answer));
  };
  outsider.listen("socket.io-request#/#");

  const Answers answers = ask(0, FetchSockets{}, {milliseconds{20'000}, milliseconds{20'000}});

  EXPECT_FALSE(answers.partial());
  EXPECT_EQ(answers.nodes, 1u);
  ASSERT_EQ(answers.all.sockets.size(), 1u);
  EXPECT_EQ(answers.all.sockets[0].id, "theirs");
}

TEST_F(ClassicBus, ASubscriberThatNeverAnswersCostsASilenceAndNoMore) {
  start(settings("second"));
  outsider.listen("socket.io-request#/#");
  const Answers answers = ask(0, FetchSockets{}, {milliseconds{200}, milliseconds{5000}});
  EXPECT_EQ(answers.nodes, 1u);
  EXPECT_EQ(answers.missing_unnamed, 1u);
  EXPECT_TRUE(answers.missing.empty());
}

TEST_F(ClassicBus, ExactSubscriptionsKeepForeignRoomsAway) {
  publish(0, event(R"(["x"])"));
  ASSERT_TRUE(eventually([&] { return metrics(0).own_dropped.value() == 1; }))
      << "our own, undecoded";
  const auto before = metrics(0).received.value();
  outsider.publish("socket.io#/#elsewhere#", golden::bytes("emitter.emit_room"));
  settle();
  EXPECT_EQ(metrics(0).received.value(), before + 1) << "only the mark";
  EXPECT_EQ(metrics(0).foreign_dropped.value(), 0u);
}

TEST_F(ClassicBus, ThePatternBringsForeignRoomsWhichAreDroppedUndecoded) {
  const std::size_t other = add_process(BusKind::classic_pattern, settings("second"));
  ASSERT_TRUE(subscribed("socket.io-request#/#", 2));
  outsider.publish("socket.io#/#elsewhere#", "these bytes are no message at all");
  settle();
  EXPECT_TRUE(eventually([&] { return metrics(other).foreign_dropped.value() == 1; }));
  EXPECT_EQ(metrics(other).undecodable.value(), 0u);
  EXPECT_EQ(metrics(0).foreign_dropped.value(), 0u);
}

TEST_F(ClassicBus, NonsenseIsCountedAndSurvived) {
  for (const std::string channel : {"socket.io#/#", "socket.io-request#/#"}) {
    outsider.publish(channel, "nonsense");
    outsider.publish(channel, "");
    outsider.publish(channel, "{\"type\":");
  }
  settle();
  EXPECT_EQ(metrics(0).undecodable.value(), 6u);
  EXPECT_EQ(nodes[0]->data().size(), 1u) << "the mark";
}

TEST_F(ClassicBus, ABroadcastThatNamesAnotherNamespaceIsDropped) {
  outsider.publish("socket.io#/#", golden::bytes("classic.emit_binary"));  // for /chat
  settle();
  EXPECT_EQ(nodes[0]->envelopes().size(), 1u) << "the mark";
}

TEST_F(ClassicBus, NamespacesMayContainTheSeparator) {
  bus(0).open_namespace(ids[0], "/a");
  bus(0).open_namespace(ids[0], "/a#b");
  bus(0).join_room(ids[0], "/a", "b#c");
  bus(0).join_room(ids[0], "/a#b", "c");
  ASSERT_TRUE(subscribed("socket.io#/a#b#c#"));  // the same channel for both
  const auto broadcast = [&](const std::string& nsp, const std::string& room) {
    Envelope envelope;
    envelope.packet.data = "[\"" + nsp + "\"]";
    envelope.packet.nsp = nsp;
    envelope.options.rooms = {room};
    outsider.publish(room_channel("socket.io", nsp, room),
                     encode_classic_broadcast("emitter", envelope).value());
  };
  broadcast("/a", "b#c");
  broadcast("/a#b", "c");
  settle();
  EXPECT_TRUE(nodes[0]->has(R"(["/a"])"));
  EXPECT_TRUE(nodes[0]->has(R"(["/a#b"])"));
}

TEST_F(ClassicBus, ARoomThatIsLeftIsUnsubscribed) {
  bus(0).join_room(ids[0], "/", "room1");
  ASSERT_TRUE(subscribed("socket.io#/#room1#"));
  EXPECT_EQ(metrics(0).subscribed_rooms.value(), 1);
  bus(0).leave_room(ids[0], "/", "room1");
  EXPECT_TRUE(subscribed("socket.io#/#room1#", 0));
  EXPECT_EQ(metrics(0).subscribed_rooms.value(), 0);
}

TEST_F(ClassicBus, ARoomWithASocketsNameStaysUntilBothAreGone) {
  const std::string id = "abcdefghijklmnopqrst";
  const std::string channel = "socket.io#/#" + id + "#";
  bus(0).add_socket(ids[0], "/", id);
  bus(0).join_room(ids[0], "/", id);
  ASSERT_TRUE(subscribed(channel));
  bus(0).leave_room(ids[0], "/", id);
  bus(0).join_room(ids[0], "/", "later");
  bus(0).leave_room(ids[0], "/", "later");
  ASSERT_TRUE(subscribed("socket.io#/#later#", 0));  // and so would the other be by now
  EXPECT_EQ(subscribers(channel), 1);
  bus(0).remove_socket(ids[0], "/", id);
  EXPECT_TRUE(subscribed(channel, 0));
}

TEST_F(ClassicBus, WithoutSocketChannelsSingleSocketsAreReachedThroughTheNamespace) {
  RedisBusSettings lean = settings("second");
  lean.socket_channels = false;
  start(lean);
  const std::string id = "abcdefghijklmnopqrst";
  bus(1).add_socket(ids[1], "/", id);
  bus(1).join_room(ids[1], "/", "done");
  ASSERT_TRUE(subscribed("socket.io#/#done#"));
  EXPECT_EQ(subscribers("socket.io#/#" + id + "#"), 0);

  start(lean);
  publish(2, event(R"(["direct"])", {id}));
  EXPECT_TRUE(eventually([&] { return nodes[1]->has(R"(["direct"])"); }));
}

TEST_F(ClassicBus, AnotherPrefixIsAnotherCluster) {
  RedisBusSettings apart = settings("second");
  apart.prefix = "apart";
  const std::size_t other = add_process(BusKind::classic, apart);
  ASSERT_TRUE(subscribed("apart-request#/#"));
  publish(other, event(R"(["apart"])"));
  ASSERT_TRUE(eventually([&] { return metrics(other).own_dropped.value() == 1; }));
  settle();
  EXPECT_FALSE(nodes[0]->has(R"(["apart"])"));
  EXPECT_EQ(ask(0, FetchSockets{}).nodes, 0u);
}

TEST_F(ClassicBus, ProcessesKnowEachOtherByName) {
  start(settings("second"));
  EXPECT_TRUE(
      eventually([&] { return bus(0).known_nodes() == std::vector<std::string>{"second"}; }));
  processes[1]->end();
  EXPECT_TRUE(eventually([&] { return bus(0).known_nodes().empty(); }));
}

}  // namespace
}  // namespace pushgate::node::test
