// request_fsm_test.cpp - who is waited for, how long, and who is called missing. No time passes but
// what the test says.

#include "node/bus/request_fsm.hpp"

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

using std::chrono::milliseconds;
using Action = RequestFsm::Action;
using Names = std::vector<std::string>;

constexpr RequestLimits kLimits{milliseconds{1000}, milliseconds{5000}};
const TimePoint kStart = TimePoint{} + std::chrono::hours{1};

TimePoint at(int ms) { return kStart + milliseconds{ms}; }

RequestFsm remote(std::optional<milliseconds> ack_time = {}) {
  return RequestFsm{kLimits, ack_time, true, kStart};
}

Census census(std::map<std::string, std::string, std::less<>> alive, std::size_t unnamed = 0,
              Names hung = {}) {
  return {std::move(alive), std::move(hung), unnamed};
}

TEST(RequestFsm, WithNobodyToAskItIsFinished) {
  RequestFsm fsm{kLimits, std::nullopt, false, kStart};
  EXPECT_EQ(fsm.poll(kStart), Action::finish);
  EXPECT_FALSE(fsm.summary().partial());
  EXPECT_EQ(fsm.summary().nodes, 0u);
}

TEST(RequestFsm, WaitsForTheCensusEvenIfAnswersCameBefore) {
  RequestFsm fsm = remote();
  EXPECT_TRUE(fsm.on_answer(at(1), "a", 0));
  EXPECT_EQ(fsm.poll(at(1)), Action::wait);

  fsm.on_census(census({{"a", "A"}}));
  EXPECT_EQ(fsm.poll(at(2)), Action::finish);
  EXPECT_EQ(fsm.summary().nodes, 1u);
}

TEST(RequestFsm, EndsWithTheLastAnswerOfThoseExpected) {
  RequestFsm fsm = remote();
  fsm.expect("local:1", "one");
  fsm.on_census(census({{"a", "A"}}, 1));
  fsm.on_answer(at(1), "a", 0);
  fsm.on_answer(at(2), "local:1", 0);
  EXPECT_EQ(fsm.poll(at(3)), Action::wait);
  fsm.on_answer(at(3), "", 0);
  EXPECT_EQ(fsm.poll(at(3)), Action::finish);
  EXPECT_EQ(fsm.summary().nodes, 3u);
  EXPECT_FALSE(fsm.summary().partial());
}

TEST(RequestFsm, UidsThatNobodyKnowsCountAsUnnamedNodes) {
  RequestFsm fsm = remote();
  fsm.on_census(census({}, 2));
  fsm.on_answer(at(1), "x", 0);
  EXPECT_EQ(fsm.poll(at(1)), Action::wait);
  fsm.on_answer(at(2), "y", 0);
  EXPECT_EQ(fsm.poll(at(2)), Action::finish);
}

TEST(RequestFsm, ANodeAnswersOnce) {
  RequestFsm fsm = remote();
  fsm.on_census(census({}, 2));
  EXPECT_TRUE(fsm.on_answer(at(1), "x", 0));
  EXPECT_FALSE(fsm.on_answer(at(2), "x", 0));
  EXPECT_EQ(fsm.poll(at(2)), Action::wait);
}

TEST(RequestFsm, AfterASilenceItEndsAndNamesWhoIsMissing) {
  RequestFsm fsm = remote();
  fsm.expect("local:1", "one");
  fsm.on_census(census({{"a", "A"}, {"b", "B"}}, 2));
  fsm.on_answer(at(600), "a", 0);
  fsm.on_answer(at(600), "", 0);
  EXPECT_NE(fsm.poll(at(1500)), Action::finish) << "the silence begins with the last answer";
  EXPECT_EQ(fsm.poll(at(1600)), Action::finish);

  const Answers answers = fsm.summary();
  EXPECT_TRUE(answers.partial());
  EXPECT_EQ(answers.missing, (Names{"one", "B"}));
  EXPECT_EQ(answers.missing_unnamed, 1u);
  EXPECT_EQ(answers.nodes, 2u);
}

TEST(RequestFsm, EndsInAnyCaseAfterTheTotalTime) {
  RequestFsm fsm = remote();
  fsm.on_census(census({}, 100));
  for (int ms = 500; ms < 5000; ms += 500) {
    fsm.on_answer(at(ms), "", 0);
    EXPECT_NE(fsm.poll(at(ms)), Action::finish);
  }
  EXPECT_EQ(fsm.poll(at(5000)), Action::finish);
}

TEST(RequestFsm, WhileItIsQuietItLooksWhoIsStillThere) {
  RequestFsm fsm = remote();
  fsm.on_census(census({{"a", "A"}, {"b", "B"}}, 2));
  fsm.on_answer(at(100), "a", 0);
  EXPECT_EQ(fsm.poll(at(100)), Action::wait);
  EXPECT_EQ(fsm.deadline(), at(350));
  EXPECT_EQ(fsm.poll(at(350)), Action::recount);
  EXPECT_EQ(fsm.poll(at(351)), Action::wait) << "one census at a time";

  fsm.on_census(census({{"a", "A"}}, 1));  // b and one of the others have died
  EXPECT_EQ(fsm.poll(at(400)), Action::wait);
  fsm.on_answer(at(400), "", 0);
  EXPECT_EQ(fsm.poll(at(400)), Action::finish);
  EXPECT_FALSE(fsm.summary().partial()) << "the dead are not missing";
}

TEST(RequestFsm, WhoComesLaterIsNotExpected) {
  RequestFsm fsm = remote();
  fsm.on_census(census({{"a", "A"}}));
  EXPECT_EQ(fsm.poll(at(250)), Action::recount);
  fsm.on_census(census({{"a", "A"}, {"new", "N"}}, 3));
  fsm.on_answer(at(300), "a", 0);
  EXPECT_EQ(fsm.poll(at(300)), Action::finish);
}

TEST(RequestFsm, AHungNodeIsMissingButNotWaitedFor) {
  RequestFsm fsm = remote();
  fsm.on_census(census({{"a", "A"}}, 0, {"H"}));
  fsm.on_answer(at(1), "a", 0);
  EXPECT_EQ(fsm.poll(at(1)), Action::finish);
  EXPECT_EQ(fsm.summary().missing, (Names{"H"}));
}

TEST(RequestFsm, ANodeThatBeginsToHangMeanwhileIsMissing) {
  RequestFsm fsm = remote();
  fsm.on_census(census({{"a", "A"}}));
  EXPECT_EQ(fsm.poll(at(250)), Action::recount);
  fsm.on_census(census({}, 0, {"A"}));
  EXPECT_EQ(fsm.poll(at(260)), Action::finish);
  EXPECT_EQ(fsm.summary().missing, (Names{"A"}));
}

TEST(RequestFsm, WithoutABrokerOnlyTheNodesOfThisProcessCount) {
  RequestFsm fsm = remote();
  fsm.expect("local:1", "one");
  fsm.on_unreachable({"A", "B"});
  EXPECT_EQ(fsm.poll(at(1)), Action::wait);
  fsm.on_answer(at(1), "local:1", 0);
  EXPECT_EQ(fsm.poll(at(1)), Action::finish);
  EXPECT_TRUE(fsm.summary().partial());
  EXPECT_TRUE(fsm.summary().unreachable);
  EXPECT_EQ(fsm.summary().missing, (Names{"A", "B"}));
}

TEST(RequestFsm, ACensusThatNeverComesIsNoReasonToHang) {
  RequestFsm fsm = remote();
  EXPECT_EQ(fsm.poll(at(999)), Action::wait);
  EXPECT_EQ(fsm.poll(at(1000)), Action::finish);
  EXPECT_TRUE(fsm.summary().unreachable);
}

TEST(RequestFsm, ALocalNodeThatGoesIsNotMissing) {
  RequestFsm fsm{kLimits, std::nullopt, false, kStart};
  fsm.expect("local:1", "one");
  EXPECT_EQ(fsm.poll(at(1)), Action::wait);
  fsm.on_gone("local:1");
  EXPECT_EQ(fsm.poll(at(1)), Action::finish);
  EXPECT_FALSE(fsm.summary().partial());
}

TEST(RequestFsm, AcknowledgementsAreWaitedForUntilAllClientsHaveGivenTheirs) {
  RequestFsm fsm = remote(milliseconds{8000});
  fsm.on_census(census({{"a", "A"}}, 1));
  fsm.on_ack();  // may overtake the number of clients
  fsm.on_answer(at(1), "a", 2);
  fsm.on_answer(at(2), "", 1);
  EXPECT_EQ(fsm.poll(at(3)), Action::wait);
  EXPECT_EQ(fsm.deadline(), at(8000)) << "their own time limit, not the silence";
  fsm.on_ack();
  EXPECT_EQ(fsm.poll(at(6000)), Action::wait);
  fsm.on_ack();
  EXPECT_EQ(fsm.poll(at(7000)), Action::finish);
  EXPECT_FALSE(fsm.summary().acks_timed_out);
}

TEST(RequestFsm, AcknowledgementsThatAreMissingAreSaidToBe) {
  RequestFsm fsm = remote(milliseconds{50});
  fsm.on_census(census({{"a", "A"}}));
  fsm.on_answer(at(1), "a", 2);
  fsm.on_ack();
  EXPECT_EQ(fsm.poll(at(49)), Action::wait);
  EXPECT_EQ(fsm.poll(at(50)), Action::finish);
  EXPECT_TRUE(fsm.summary().acks_timed_out);
  EXPECT_FALSE(fsm.summary().partial());
}

TEST(RequestFsm, ASilentNodeDoesNotKeepAcknowledgementsOfOthersFromComing) {
  RequestFsm fsm = remote(milliseconds{8000});
  fsm.on_census(census({{"a", "A"}, {"b", "B"}}));
  fsm.on_answer(at(1), "a", 1);
  EXPECT_NE(fsm.poll(at(900)), Action::finish);
  EXPECT_EQ(fsm.poll(at(1001)), Action::wait) << "b is given up, the client of a not";
  fsm.on_ack();
  EXPECT_EQ(fsm.poll(at(2000)), Action::finish);
  EXPECT_EQ(fsm.summary().missing, (Names{"B"}));
}

}  // namespace
}  // namespace pushgate::node
