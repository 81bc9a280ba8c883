// bus_requests_test.cpp - what every bus promises of requests, and of its end.

#include "node/bus/contract_fixture.hpp"

namespace pushgate::node::test {
namespace {

using std::chrono::milliseconds;

class BusRequests : public BusContract {};

INSTANTIATE_TEST_SUITE_P(Every, BusRequests, every_bus(),
                         [](const auto& kind) { return name_of(kind.param); });

// ---- requests
// -------------------------------------------------------------------------------------

RemoteSocket socket_of(int node) {
  const std::string id = "socket-" + std::to_string(node);
  return {id,
          {id, "room"},
          R"({"query":{"a":1}})",
          R"({"n":)" + std::to_string(node) + "}",
          "node " + std::to_string(node)};
}

TEST_P(BusRequests, SocketsAreFetchedFromEveryOtherNode) {
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
  std::sort(sockets.begin(), sockets.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  EXPECT_EQ(sockets[0], socket_of(1));
  EXPECT_EQ(sockets[1], socket_of(2));
  EXPECT_EQ(std::get<FetchSockets>(nodes[2].requests().at(0).question).options,
            (BroadcastOptions{{"room"}, {"x"}, {}}));
  EXPECT_TRUE(nodes[0].requests().empty()) << "a node does not ask itself";
}

TEST_P(BusRequests, IdsAndRoomsAreListedOnceEach) {
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

TEST_P(BusRequests, EveryProcessGivesOneValueToServers) {
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

TEST_P(BusRequests, AcknowledgementsAreCollected) {
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
  const auto asked = std::get<BroadcastWithAck>(nodes[2].requests().at(0).question);
  EXPECT_EQ(asked.envelope->packet.data, envelope.packet.data);
}

TEST_P(BusRequests, AcknowledgementsThatDoNotComeTimeOut) {
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

TEST_P(BusRequests, AnswersMayComeFromAnyThreadAndLater) {
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

TEST_P(BusRequests, AnInquiryThatIsDroppedIsAnAnswer) {
  nodes[1].on_inquiry = nodes[2].on_inquiry = [](const InquiryPtr&) {};
  const Answers answers = ask(0, FetchSockets{});
  EXPECT_EQ(answers.nodes, 2u);
  EXPECT_FALSE(answers.partial());
}

TEST_P(BusRequests, ANamespaceThatNobodyElseHasIsAnsweredAtOnce) {
  bus(0).open_namespace(ids[0], "/alone");
  std::promise<Answers> answers;
  bus(0).request(ids[0], {"/alone", FetchSockets{}}, {milliseconds{20'000}, milliseconds{20'000}},
                 [&](Answers got) { answers.set_value(std::move(got)); });
  const Answers got = answers.get_future().get();
  EXPECT_EQ(got.nodes, 0u);
  EXPECT_FALSE(got.partial());
}

TEST_P(BusRequests, ASilentNodeIsNamed) {
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

TEST_P(BusRequests, ADetachedNodeIsNotWaitedFor) {
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

TEST_P(BusRequests, ClosingEndsWhatIsPending) {
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

TEST_P(BusRequests, TheStateIsToldToEveryNode) {
  EXPECT_TRUE(eventually([&] {
    return std::all_of(nodes.begin(), nodes.end(),
                       [](const TestNode& node) { return node.is_in(BusState::up); });
  }));
  EXPECT_EQ(bus(0).status().state, BusState::up);
  EXPECT_EQ(bus(0).status().reason, "");
}

}  // namespace
}  // namespace pushgate::node::test
