// outage_test.cpp - Redis goes and comes back, processes hang and die.

#include "node/bus/channels.hpp"
#include "node/bus/redis_fixture.hpp"

namespace pushgate::node::test {
namespace {

using std::chrono::milliseconds;
using Names = std::vector<std::string>;

constexpr RequestLimits kPatientLimits{milliseconds{20'000}, milliseconds{20'000}};

/// Three nodes: two in the first process, one in the second.
class Outage : public RedisBusTest, public testing::WithParamInterface<BusKind> {
 protected:
  void start(redis::WhenDown when_down = redis::WhenDown::wait) {
    for (const char* const name : {"first", "second"}) {
      RedisBusSettings chosen = settings(name);
      chosen.redis.when_down = when_down;
      add_process(GetParam(), chosen);
    }
    nodes.push_back(std::make_unique<TestNode>());
    neighbour = nodes.back().get();
    ids.push_back(bus(0).attach(*neighbour, "neighbour"));
    bus(0).open_namespace(ids.back(), "/");
    meet();
  }
  void meet() {
    ASSERT_TRUE(hear(0, 1));
    ASSERT_TRUE(hear(1, 0));
  }
  bool hear(std::size_t from, std::size_t to) {
    static int probes = 0;
    return eventually([&] {
      const std::string probe = R"(["probe",)" + std::to_string(++probes) + "]";
      publish(from, event(probe));
      const pushgate::test::Deadline soon{milliseconds{50}};
      while (!soon.passed()) {
        if (nodes[to]->has(probe)) return true;
        ::poll(nullptr, 0, 1);
      }
      return false;
    });
  }
  bool knows(std::size_t index, const Names& names) {
    return eventually([&] { return bus(index).known_nodes() == names; });
  }
  /// The second process stands still from here on.
  void freeze_second() {
    ice = std::unique_lock{processes[1]->ice()};
    processes[1]->freeze();
  }
  ~Outage() override {
    if (ice.owns_lock()) ice.unlock();
  }

  TestNode* neighbour = nullptr;
  std::unique_lock<std::mutex> ice;
};

INSTANTIATE_TEST_SUITE_P(Every, Outage,
                         testing::Values(BusKind::classic, BusKind::sharded, BusKind::streams),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(Outage, NodesOfTheProcessReachEachOtherAllTheTime) {
  start();
  server.stop();
  ASSERT_TRUE(eventually([&] { return nodes[0]->is_in(BusState::down); }));
  EXPECT_NE(bus(0).status().reason, "");

  publish(0, event(R"(["near"])"));
  EXPECT_TRUE(eventually([&] { return neighbour->has(R"(["near"])"); }));
  const Answers answers = ask(0, FetchSockets{}, kPatientLimits);
  EXPECT_EQ(answers.nodes, 1u) << "the neighbour";
  EXPECT_TRUE(answers.unreachable);
}

TEST_P(Outage, WhatIsPublishedMeanwhileFailsIfItIsSetSo) {
  start(redis::WhenDown::fail);
  server.stop();
  ASSERT_TRUE(eventually([&] { return nodes[0]->is_in(BusState::down); }));
  const auto failures = metrics(0).publish_failures.value();

  std::promise<Result<std::string>> done;
  bus(0).publish(ids[0], event(R"(["lost"])"),
                 [&](Result<std::string> result) { done.set_value(std::move(result)); });

  EXPECT_FALSE(done.get_future().get());
  EXPECT_EQ(metrics(0).publish_failures.value(), failures + 1);
}

TEST_P(Outage, WhatWaitsIsPublishedWhenRedisIsBack) {
  start(redis::WhenDown::wait);
  server.stop();
  ASSERT_TRUE(eventually([&] { return nodes[0]->is_in(BusState::down); }));
  std::promise<Result<std::string>> done;
  bus(0).publish(ids[0], event(R"(["kept"])"),
                 [&](Result<std::string> result) { done.set_value(std::move(result)); });
  server.start();
  EXPECT_TRUE(done.get_future().get());
}

TEST_P(Outage, WhenRedisIsBackEverythingIsAndNodesHearOfTheGap) {
  start();
  EXPECT_EQ(nodes[0]->gaps(), 0) << "none at the start";
  server.kill();
  ASSERT_TRUE(eventually([&] { return nodes[1]->is_in(BusState::down); }));
  server.start();

  ASSERT_TRUE(eventually([&] { return nodes[1]->is_in(BusState::up); }));
  meet();
  EXPECT_TRUE(eventually([&] { return nodes[1]->gaps() == 1 && neighbour->gaps() == 1; }));
  EXPECT_EQ(bus(1).status().reason, "");
  ASSERT_TRUE(knows(0, {"second"})) << "leases are kept again";
  EXPECT_EQ(ask(0, FetchSockets{}, kPatientLimits).nodes, 2u);
}

TEST_P(Outage, AHangingProcessIsNamedAndThenNotWaitedForAnyMore) {
  start();
  ASSERT_TRUE(knows(0, {"second"}));
  freeze_second();

  Answers answers = ask(0, FetchSockets{}, {milliseconds{300}, milliseconds{5000}});
  EXPECT_EQ(answers.missing, Names{"second"});
  EXPECT_EQ(answers.nodes, 1u);

  ASSERT_TRUE(knows(0, {})) << "its lease has run out";
  answers = ask(0, FetchSockets{}, kPatientLimits);  // would not end in time if it waited
  EXPECT_EQ(answers.missing, Names{"second"});
  EXPECT_EQ(answers.missing_unnamed, 0u);
}

TEST_P(Outage, AProcessThatDiesIsNotWaitedFor) {
  start();
  ASSERT_TRUE(knows(0, {"second"}));
  std::promise<void> asked;
  std::vector<InquiryPtr> held;
  nodes[1]->on_inquiry = [&](const InquiryPtr& inquiry) {
    held.push_back(inquiry);
    asked.set_value();
  };
  std::promise<Answers> answers;
  // A look around is due after a quarter of the silence.
  bus(0).request(ids[0], {"/", FetchSockets{}}, {milliseconds{4000}, milliseconds{20'000}},
                 [&](Answers got) { answers.set_value(std::move(got)); });
  asked.get_future().wait();
  const auto before = std::chrono::steady_clock::now();
  processes[1]->kill();
  held.clear();

  const Answers got = answers.get_future().get();
  EXPECT_FALSE(got.partial());
  EXPECT_EQ(got.nodes, 1u);
  EXPECT_LT(std::chrono::steady_clock::now() - before, milliseconds{4000})
      << "by the look around, not by the silence";
  processes.pop_back();
}

}  // namespace
}  // namespace pushgate::node::test
