// lifecycle_fsm_test.cpp - each turn in the life of the process, by calling the machine that
// decides.

#include "pushgate/runtime/lifecycle_fsm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pushgate::runtime {
namespace {

using Action = LifecycleAction;
using State = LifecycleState;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr milliseconds kNoLead{0};
constexpr milliseconds kLead{5'000};

LifecycleFsm ready_fsm() {
  LifecycleFsm fsm;
  fsm.on_started();
  return fsm;
}

LifecycleFsm stopping_fsm() {
  LifecycleFsm fsm = ready_fsm();
  fsm.on_stop_requested(kNoLead);
  return fsm;
}

TEST(LifecycleFsm, ReadyOnceTheListenersAreOpen) {
  LifecycleFsm fsm;
  EXPECT_FALSE(fsm.is_ready());

  EXPECT_THAT(fsm.on_started(), ElementsAre(Action::announce_ready));

  EXPECT_TRUE(fsm.is_ready());
}

TEST(LifecycleFsm, AStopWithLeadFailsReadinessBeforeTheListenersClose) {
  LifecycleFsm fsm = ready_fsm();

  EXPECT_THAT(fsm.on_stop_requested(kLead),
              ElementsAre(Action::announce_stopping, Action::start_lead_timer));

  EXPECT_FALSE(fsm.is_ready());
  EXPECT_EQ(fsm.state(), State::draining);
  EXPECT_THAT(fsm.on_lead_elapsed(), ElementsAre(Action::close_listeners, Action::finish_sessions,
                                                 Action::start_drain_timer));
  EXPECT_EQ(fsm.state(), State::stopping);
}

TEST(LifecycleFsm, AStopWithoutLeadClosesTheListenersAtOnce) {
  LifecycleFsm fsm = ready_fsm();

  EXPECT_THAT(fsm.on_stop_requested(kNoLead),
              ElementsAre(Action::announce_stopping, Action::close_listeners,
                          Action::finish_sessions, Action::start_drain_timer));
}

TEST(LifecycleFsm, ADrainEndsWhenTheLastConnectionGoes) {
  LifecycleFsm fsm = stopping_fsm();

  EXPECT_THAT(fsm.on_all_work_gone(), ElementsAre(Action::exit));

  EXPECT_EQ(fsm.state(), State::ended);
}

TEST(LifecycleFsm, NoConnectionsWhileStillAcceptingMeansNothing) {
  LifecycleFsm fsm = ready_fsm();
  EXPECT_THAT(fsm.on_all_work_gone(), IsEmpty());
  fsm.on_stop_requested(kLead);

  EXPECT_THAT(fsm.on_all_work_gone(), IsEmpty());

  EXPECT_EQ(fsm.state(), State::draining);
}

TEST(LifecycleFsm, TheDrainDeadlineCutsWhatIsLeft) {
  LifecycleFsm fsm = stopping_fsm();

  EXPECT_THAT(fsm.on_drain_elapsed(), ElementsAre(Action::cut_sessions, Action::start_cut_timer));

  EXPECT_EQ(fsm.state(), State::forced);
  EXPECT_THAT(fsm.on_all_work_gone(), ElementsAre(Action::exit));
}

TEST(LifecycleFsm, ASecondStopCutsAtOnce) {
  LifecycleFsm fsm = stopping_fsm();

  EXPECT_THAT(fsm.on_stop_requested(kLead),
              ElementsAre(Action::cut_sessions, Action::start_cut_timer));
}

TEST(LifecycleFsm, ASecondStopDuringTheLeadAlsoClosesTheListeners) {
  LifecycleFsm fsm = ready_fsm();
  fsm.on_stop_requested(kLead);

  EXPECT_THAT(fsm.on_stop_requested(kLead),
              ElementsAre(Action::close_listeners, Action::cut_sessions, Action::start_cut_timer));
}

TEST(LifecycleFsm, ConnectionsThatResistBeingCutDoNotHoldTheProcess) {
  LifecycleFsm by_time = stopping_fsm();
  by_time.on_drain_elapsed();
  LifecycleFsm by_third_stop = stopping_fsm();
  by_third_stop.on_stop_requested(kNoLead);

  EXPECT_THAT(by_time.on_cut_elapsed(), ElementsAre(Action::exit));
  EXPECT_THAT(by_third_stop.on_stop_requested(kNoLead), ElementsAre(Action::exit));
}

TEST(LifecycleFsm, AStopBeforeTheStartEndsAtOnce) {
  LifecycleFsm fsm;

  EXPECT_THAT(fsm.on_stop_requested(kLead), ElementsAre(Action::exit));
  EXPECT_THAT(fsm.on_started(), IsEmpty());
}

TEST(LifecycleFsm, NothingHappensAfterTheEnd) {
  LifecycleFsm fsm = stopping_fsm();
  fsm.on_all_work_gone();

  EXPECT_THAT(fsm.on_stop_requested(kNoLead), IsEmpty());
  EXPECT_THAT(fsm.on_drain_elapsed(), IsEmpty());
  EXPECT_THAT(fsm.on_cut_elapsed(), IsEmpty());
  EXPECT_THAT(fsm.on_lead_elapsed(), IsEmpty());
  EXPECT_THAT(fsm.on_reload_requested(), IsEmpty());
  EXPECT_THAT(fsm.on_all_work_gone(), IsEmpty());
}

TEST(LifecycleFsm, AReloadIsAnnouncedAndEndsReady) {
  LifecycleFsm fsm = ready_fsm();

  EXPECT_THAT(fsm.on_reload_requested(),
              ElementsAre(Action::announce_reloading, Action::begin_reload));
  EXPECT_TRUE(fsm.is_ready());
  EXPECT_THAT(fsm.on_reload_finished(), ElementsAre(Action::announce_ready));
}

TEST(LifecycleFsm, RequestsDuringAReloadBecomeOneMore) {
  LifecycleFsm fsm = ready_fsm();
  fsm.on_reload_requested();

  EXPECT_THAT(fsm.on_reload_requested(), IsEmpty());
  EXPECT_THAT(fsm.on_reload_requested(), IsEmpty());

  EXPECT_THAT(fsm.on_reload_finished(), ElementsAre(Action::begin_reload));
  EXPECT_THAT(fsm.on_reload_finished(), ElementsAre(Action::announce_ready));
}

TEST(LifecycleFsm, AReloadRequestedTooEarlyComesAfterTheStart) {
  LifecycleFsm fsm;
  EXPECT_THAT(fsm.on_reload_requested(), IsEmpty());

  EXPECT_THAT(fsm.on_started(), ElementsAre(Action::announce_ready, Action::announce_reloading,
                                            Action::begin_reload));
}

TEST(LifecycleFsm, AReloadThatEndsDuringAStopDoesNotClaimReadiness) {
  LifecycleFsm fsm = ready_fsm();
  fsm.on_reload_requested();
  fsm.on_stop_requested(kLead);

  EXPECT_THAT(fsm.on_reload_finished(), IsEmpty());
}

TEST(LifecycleFsm, ALateTimerIsIgnored) {
  LifecycleFsm fsm = ready_fsm();

  EXPECT_THAT(fsm.on_lead_elapsed(), IsEmpty());
  EXPECT_THAT(fsm.on_drain_elapsed(), IsEmpty());
  EXPECT_THAT(fsm.on_cut_elapsed(), IsEmpty());
  EXPECT_THAT(fsm.on_reload_finished(), IsEmpty());
}

}  // namespace
}  // namespace pushgate::runtime
