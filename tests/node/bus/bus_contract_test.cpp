// bus_contract_test.cpp - what every bus promises, among nodes of one process and of several.

#include <array>

#include <gtest/gtest.h>

#include "node/bus/bus_fixture.hpp"

namespace pushgate::node::test {
namespace {

using std::chrono::milliseconds;
using testing::Test;

/// Three nodes: two in one process, and a third that, unless the bus is local, is in another.
class BusContract : public testing::TestWithParam<BusKind> {
 protected:
  BusContract() {
    if (GetParam() != BusKind::local) server.emplace();
    add_process("first");
    if (GetParam() != BusKind::local) add_process("second");
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      ids[i] = bus(i).attach(nodes[i], "node " + std::to_string(i));
      bus(i).open_namespace(ids[i], "/");
    }
    meet();
  }
  ~BusContract() override {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      std::promise<void> gone;
      bus(i).detach(ids[i], [&] { gone.set_value(); });
      gone.get_future().wait();
    }
  }

  void add_process(const std::string& name) {
    std::optional<RedisBusSettings> settings;
    if (server) settings = settings_for(*server, name);
    processes.push_back(std::make_unique<Process>(GetParam(), settings));
  }
  Process& process(std::size_t node) { return *processes[node == 2 ? processes.size() - 1 : 0]; }
  Bus& bus(std::size_t node) { return process(node).bus(); }

  /// Waits until everybody who has members in the room (or, without one, everybody) hears what is
  /// published to it.
  void meet(const std::string& room = {}, const std::string& nsp = "/",
            std::vector<std::size_t> members = {0, 1, 2}) {
    static int probes = 0;
    const std::vector<std::string> rooms =
        room.empty() ? std::vector<std::string>{} : std::vector{room};
    for (std::size_t from = 0; from < nodes.size(); ++from) {
      for (const std::size_t to : members) {
        if (from == to) continue;
        ASSERT_TRUE(eventually([&] {
          const std::string probe = R"(["probe",)" + std::to_string(++probes) + "]";
          bus(from).publish(ids[from], event(probe, rooms, nsp));
          const pushgate::test::Deadline soon{milliseconds{50}};
          while (!soon.passed()) {
            if (nodes[to].has(probe)) return true;
            std::this_thread::yield();
          }
          return false;
        })) << from
            << " to " << to;
      }
    }
  }
  void join(std::size_t node, const std::string& room) {
    bus(node).join_room(ids[node], "/", room);
  }
  void publish(std::size_t node, EnvelopePtr envelope) {
    bus(node).publish(ids[node], std::move(envelope));
  }

  Answers ask(std::size_t node, Question question, RequestLimits limits = {}) {
    std::promise<Answers> answers;
    bus(node).request(ids[node], {"/", std::move(question)}, limits,
                      [&](Answers got) { answers.set_value(std::move(got)); });
    return answers.get_future().get();
  }

  std::optional<RedisServer> server;
  std::vector<std::unique_ptr<Process>> processes;
  std::array<TestNode, 3> nodes;
  std::array<PeerId, 3> ids{};
};

INSTANTIATE_TEST_SUITE_P(Every, BusContract,
                         testing::Values(BusKind::local, BusKind::classic, BusKind::classic_pattern,
                                         BusKind::sharded, BusKind::streams),
                         [](const auto& kind) { return name_of(kind.param); });

// ---- broadcasts
// -----------------------------------------------------------------------------------

TEST_P(BusContract, ABroadcastReachesEveryOtherNodeAndNotItsOwn) {
  publish(0, event(R"(["a"])"));
  publish(2, event(R"(["b"])"));

  EXPECT_TRUE(eventually([&] { return nodes[1].data().size() == 2 && nodes[0].has(R"(["b"])"); }));
  EXPECT_TRUE(eventually([&] { return nodes[2].has(R"(["a"])"); }));
  EXPECT_EQ(nodes[0].data(), (std::vector<std::string>{R"(["b"])"}));
  EXPECT_EQ(nodes[2].data(), (std::vector<std::string>{R"(["a"])"}));
}

TEST_P(BusContract, EverythingAboutABroadcastArrives) {
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

TEST_P(BusContract, ARoomsBroadcastReachesOnlyNodesWithMembers) {
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

TEST_P(BusContract, SeveralRoomsReachANodeOnce) {
  join(2, "a");
  join(2, "b");
  meet("a", "/", {2});
  meet("b", "/", {2});

  publish(0, event(R"(["once"])", {"a", "b", "c"}));
  publish(0, event(R"(["end"])"));

  ASSERT_TRUE(eventually([&] { return nodes[2].has(R"(["end"])"); }));
  EXPECT_EQ(nodes[2].data(), (std::vector<std::string>{R"(["once"])", R"(["end"])"}));
}

TEST_P(BusContract, RoomsAreCountedAndEndWithTheirLastMember) {
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

TEST_P(BusContract, ASocketIsReachedByItsId) {
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

TEST_P(BusContract, NamespacesAreApart) {
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

TEST_P(BusContract, AClosedNamespaceHearsNothing) {
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

TEST_P(BusContract, RoomNamesMayHoldAnything) {
  const std::string room = "a#b*[c]? \xc3\xa9 #/";
  join(2, room);
  meet(room, "/", {2});
  publish(0, event(R"(["odd"])", {room}));
  EXPECT_TRUE(eventually([&] { return nodes[2].has(R"(["odd"])"); }));
}

TEST_P(BusContract, NamespaceNamesMayHoldWildCards) {
  bus(2).open_namespace(ids[2], "/a*[b]");
  meet({}, "/a*[b]", {2});
  publish(0, event(R"(["odd"])", {}, "/a*[b]"));
  EXPECT_TRUE(eventually([&] { return nodes[2].has(R"(["odd"])"); }));
}

TEST_P(BusContract, WhatIsLocalStays) {
  Envelope local;
  local.packet.data = R"(["local"])";
  local.options.flags.local = true;
  publish(0, std::make_shared<const Envelope>(local));
  publish(0, event(R"(["end"])"));

  ASSERT_TRUE(eventually([&] { return nodes[1].has(R"(["end"])") && nodes[2].has(R"(["end"])"); }));
  EXPECT_FALSE(nodes[1].has(R"(["local"])"));
  EXPECT_FALSE(nodes[2].has(R"(["local"])"));
}

TEST_P(BusContract, TheOrderOfASenderIsKept) {
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

TEST_P(BusContract, APublisherLearnsThatItIsDone) {
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

TEST_P(BusContract, CommandsReachEveryOtherNode) {
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

// ---- requests
// -------------------------------------------------------------------------------------

RemoteSocket socket_of(int node) {
  const std::string id = "socket-" + std::to_string(node);
  return {id, {id, "room"}, R"({"query":{"a":1}})", R"({"n":)" + std::to_string(node) + "}", {}};
}

TEST_P(BusContract, SocketsAreFetchedFromEveryOtherNode) {
  for (int i = 0; i < 3; ++i) {
    nodes[static_cast<std::size_t>(i)].on_inquiry = [i](const InquiryPtr& inquiry) {
      Answer answer;
      answer.sockets = {socket_of(i)};
      inquiry->answer(std::move(answer));
    };
  }

  Answers answers = ask(0, FetchSockets{{{"room"}, {"x"}, {}}});

  EXPECT_FALSE(answers.partial());
  EXPECT_EQ(answers.nodes, 2u);
  std::vector<RemoteSocket>& sockets = answers.all.sockets;
  ASSERT_EQ(sockets.size(), 2u);
  for (RemoteSocket& socket : sockets) socket.node.clear();
  std::sort(sockets.begin(), sockets.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  EXPECT_EQ(sockets[0], socket_of(1));
  EXPECT_EQ(sockets[1], socket_of(2));
  EXPECT_EQ(std::get<FetchSockets>(nodes[2].requests().at(0).question).options,
            (BroadcastOptions{{"room"}, {"x"}, {}}));
  EXPECT_TRUE(nodes[0].requests().empty()) << "a node does not ask itself";
}

TEST_P(BusContract, IdsAndRoomsAreListedOnceEach) {
  // What other buses fetch as sockets, these two list: both are answered.
  const auto answer_both = [](const std::string& id) {
    return [id](const InquiryPtr& inquiry) {
      Answer answer;
      if (std::holds_alternative<FetchSockets>(inquiry->request().question)) {
        answer.sockets = {{id, {id, "room"}, "{}", "{}", {}}};
      } else if (std::holds_alternative<ListRooms>(inquiry->request().question)) {
        answer.rooms = {id, "room"};
      } else {
        answer.ids = {id};
      }
      inquiry->answer(std::move(answer));
    };
  };
  nodes[1].on_inquiry = answer_both("s1");
  nodes[2].on_inquiry = answer_both("s2");

  Answers answers = ask(0, ListSockets{{{"room"}, {}, {}}});
  std::sort(answers.all.ids.begin(), answers.all.ids.end());
  EXPECT_EQ(answers.all.ids, (std::vector<std::string>{"s1", "s2"}));

  answers = ask(0, ListRooms{});
  std::sort(answers.all.rooms.begin(), answers.all.rooms.end());
  EXPECT_EQ(answers.all.rooms, (std::vector<std::string>{"room", "s1", "s2"}));
}

TEST_P(BusContract, EveryProcessGivesOneValueToServers) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].on_inquiry = [i](const InquiryPtr& inquiry) {
      Answer answer;
      answer.values = {value("[" + std::to_string(i) + "]")};
      inquiry->answer(std::move(answer));
    };
  }
  Packet ping;
  ping.data = R"(["ping"])";

  // From the point of view of node 2, nodes 0 and 1 are one process, unless they all are one.
  const Answers answers = ask(2, AskServers{ping});

  EXPECT_FALSE(answers.partial());
  EXPECT_EQ(answers.all.values.size(), GetParam() == BusKind::local ? 2u : 1u);
  EXPECT_EQ(ask(0, AskServers{ping}).all.values.size(), 2u);
}

TEST_P(BusContract, AcknowledgementsAreCollected) {
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    nodes[i].on_inquiry = [i](const InquiryPtr& inquiry) {
      Answer answer;
      answer.clients = 2;
      inquiry->answer(std::move(answer));
      inquiry->acknowledge(value("[" + std::to_string(i) + "]"));
      inquiry->acknowledge(value(R"([{"ok":true}])"));
    };
  }
  Envelope envelope;
  envelope.packet.data = R"(["are you there"])";
  envelope.options.flags.timeout = pushgate::test::kPatience;

  const Answers answers = ask(0, BroadcastWithAck{std::make_shared<const Envelope>(envelope)});

  EXPECT_FALSE(answers.partial());
  EXPECT_FALSE(answers.acks_timed_out);
  EXPECT_EQ(answers.all.clients, 4u);
  EXPECT_EQ(answers.all.values.size(), 4u);
  const auto& asked = std::get<BroadcastWithAck>(nodes[2].requests().at(0).question);
  EXPECT_EQ(asked.envelope->packet.data, envelope.packet.data);
}

TEST_P(BusContract, AcknowledgementsThatDoNotComeTimeOut) {
  nodes[2].on_inquiry = [](const InquiryPtr& inquiry) {
    Answer answer;
    answer.clients = 2;
    inquiry->answer(std::move(answer));
    inquiry->acknowledge(value(R"(["one"])"));
  };
  Envelope envelope;
  envelope.packet.data = R"(["x"])";
  envelope.options.flags.timeout = milliseconds{300};

  const Answers answers = ask(0, BroadcastWithAck{std::make_shared<const Envelope>(envelope)});

  EXPECT_TRUE(answers.acks_timed_out);
  EXPECT_EQ(answers.all.clients, 2u);
  ASSERT_EQ(answers.all.values.size(), 1u);
  EXPECT_EQ(answers.all.values[0], value(R"(["one"])"));
}

TEST_P(BusContract, AnswersMayComeFromAnyThreadAndLater) {
  std::promise<InquiryPtr> held;
  nodes[2].on_inquiry = [&](const InquiryPtr& inquiry) { held.set_value(inquiry); };
  std::promise<Answers> answers;
  bus(0).request(ids[0], {"/", ListRooms{}}, {milliseconds{20'000}, milliseconds{20'000}},
                 [&](Answers got) { answers.set_value(std::move(got)); });

  InquiryPtr inquiry = held.get_future().get();
  Answer answer;
  answer.rooms = {"late"};
  answer.sockets = {{"s", {"late"}, "{}", "{}", {}}};
  inquiry->answer(std::move(answer));
  inquiry.reset();

  EXPECT_EQ(answers.get_future().get().all.rooms, (std::vector<std::string>{"late"}));
}

TEST_P(BusContract, AnInquiryThatIsDroppedIsAnAnswer) {
  nodes[1].on_inquiry = nodes[2].on_inquiry = [](const InquiryPtr&) {};
  const Answers answers = ask(0, FetchSockets{});
  EXPECT_EQ(answers.nodes, 2u);
  EXPECT_FALSE(answers.partial());
}

TEST_P(BusContract, ANamespaceThatNobodyElseHasIsAnsweredAtOnce) {
  bus(0).open_namespace(ids[0], "/alone");
  std::promise<Answers> answers;
  bus(0).request(ids[0], {"/alone", FetchSockets{}}, {milliseconds{20'000}, milliseconds{20'000}},
                 [&](Answers got) { answers.set_value(std::move(got)); });
  const Answers got = answers.get_future().get();
  EXPECT_EQ(got.nodes, 0u);
  EXPECT_FALSE(got.partial());
}

TEST_P(BusContract, ASilentNodeIsNamed) {
  std::vector<InquiryPtr> held;
  std::mutex mutex;
  nodes[1].on_inquiry = [&](const InquiryPtr& inquiry) {
    const std::lock_guard lock{mutex};
    held.push_back(inquiry);
  };

  const Answers answers = ask(0, FetchSockets{}, {milliseconds{200}, milliseconds{5000}});

  EXPECT_TRUE(answers.partial());
  EXPECT_EQ(answers.missing, (std::vector<std::string>{"node 1"}));
  EXPECT_EQ(answers.nodes, 1u) << "the other has answered";
}

TEST_P(BusContract, ADetachedNodeIsNotWaitedFor) {
  std::vector<InquiryPtr> held;
  std::promise<void> asked;
  nodes[1].on_inquiry = [&](const InquiryPtr& inquiry) {
    held.push_back(inquiry);
    asked.set_value();
  };
  std::promise<Answers> answers;
  bus(0).request(ids[0], {"/", FetchSockets{}}, {milliseconds{20'000}, milliseconds{20'000}},
                 [&](Answers got) { answers.set_value(std::move(got)); });
  asked.get_future().wait();

  std::promise<void> gone;
  bus(1).detach(ids[1], [&] { gone.set_value(); });
  gone.get_future().wait();

  EXPECT_FALSE(answers.get_future().get().partial());
}

// ---- the end
// --------------------------------------------------------------------------------------

TEST_P(BusContract, ClosingEndsWhatIsPending) {
  std::vector<InquiryPtr> held;
  std::promise<void> asked;
  nodes[1].on_inquiry = [&](const InquiryPtr& inquiry) {
    held.push_back(inquiry);
    asked.set_value();
  };
  std::promise<Answers> answers;
  bus(0).request(ids[0], {"/", FetchSockets{}}, {milliseconds{20'000}, milliseconds{20'000}},
                 [&](Answers got) { answers.set_value(std::move(got)); });
  asked.get_future().wait();

  std::promise<void> closed;
  bus(0).close([&] { closed.set_value(); });
  closed.get_future().wait();
  EXPECT_TRUE(answers.get_future().get().partial());

  std::promise<bool> published;
  bus(0).publish(ids[0], event(R"(["x"])"), [&](const Result<std::string>& result) {
    published.set_value(result.has_value());
  });
  EXPECT_EQ(published.get_future().get(), GetParam() == BusKind::local);
}

TEST_P(BusContract, TheStateIsToldToEveryNode) {
  EXPECT_TRUE(eventually([&] {
    return std::all_of(nodes.begin(), nodes.end(),
                       [](const TestNode& node) { return node.is_in(BusState::up); });
  }));
  EXPECT_EQ(bus(0).status().state, BusState::up);
  EXPECT_EQ(bus(0).status().reason, "");
}

}  // namespace
}  // namespace pushgate::node::test
