// session_fsm_test.cpp - every event in every state, and the stories that they are parts of.

#include "pushgate/node/transport/session_fsm.hpp"

#include <functional>
#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

using State = SessionFsm::State;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SessionTiming kTiming;
constexpr TimePoint kStart{std::chrono::hours{5}};

EnginePacket packet(EnginePacketType type, std::string_view text = {}) {
  EnginePacket result;
  result.type = type;
  result.text = text;
  return result;
}

const EnginePacket kProbePacket = packet(EnginePacketType::ping, "probe");
const EnginePacket kUpgradePacket = packet(EnginePacketType::upgrade);

SessionStep attach(SessionFsm& fsm) { return fsm.on_websocket(kStart, kTiming); }

/// What an event leads to, and the state after it, in few words: "queued overlap close !ping
/// timeout -> ended". Nothing is "".
std::string described(const SessionStep& step, const SessionFsm& after) {
  constexpr std::string_view kPoll[] = {"", "queued ", "noop ", "close "};
  constexpr std::string_view kRequest[] = {"",         "accept ",          "discard ",
                                           "overlap ", "wrong_transport ", "unknown_session "};
  constexpr std::string_view kWebsocket[] = {"",          "ws:open ",      "ws:turn_away ",
                                             "ws:probe ", "ws:take_over ", "ws:close "};
  constexpr std::string_view kStates[] = {"polling",   "probing", "upgrading",
                                          "websocket", "closing", "ended"};
  std::string words{kPoll[static_cast<std::size_t>(step.poll)]};
  words += kRequest[static_cast<std::size_t>(step.request)];
  words += kWebsocket[static_cast<std::size_t>(step.websocket)];
  if (step.ended) words += "!" + std::string{name_of(*step.ended)} + " ";
  words += "-> ";
  words += kStates[static_cast<std::size_t>(after.state())];
  return words + (after.has_waiting_get() ? "+get" : "");
}

using Event = std::function<SessionStep(SessionFsm&)>;

const std::map<std::string, Event> kEvents{
    {"get", [](SessionFsm& fsm) { return fsm.on_get(false); }},
    {"get queued", [](SessionFsm& fsm) { return fsm.on_get(true); }},
    {"get aborted", [](SessionFsm& fsm) { return fsm.on_get_aborted(); }},
    {"post", [](SessionFsm& fsm) { return fsm.on_post(); }},
    {"post twice",
     [](SessionFsm& fsm) {
       fsm.on_post();
       return fsm.on_post();
     }},
    {"posts",
     [](SessionFsm& fsm) {
       fsm.on_post();
       fsm.on_post_done();
       return fsm.on_post();
     }},
    {"queued", [](SessionFsm& fsm) { return fsm.on_queued(); }},
    {"websocket", attach},
    {"probe", [](SessionFsm& fsm) { return fsm.on_candidate_packet(kProbePacket); }},
    {"ping",
     [](SessionFsm& fsm) { return fsm.on_candidate_packet(packet(EnginePacketType::ping)); }},
    {"upgrade", [](SessionFsm& fsm) { return fsm.on_candidate_packet(kUpgradePacket); }},
    {"message",
     [](SessionFsm& fsm) {
       return fsm.on_candidate_packet(packet(EnginePacketType::message, "2"));
     }},
    {"ws closed",
     [](SessionFsm& fsm) { return fsm.on_websocket_closed(CloseReason::transport_close); }},
    {"timer early", [](SessionFsm& fsm) { return fsm.on_timer(kStart + seconds{9}); }},
    {"timer", [](SessionFsm& fsm) { return fsm.on_timer(kStart + seconds{60}); }},
    {"close packet", [](SessionFsm& fsm) { return fsm.on_close_packet(); }},
    {"close",
     [](SessionFsm& fsm) { return fsm.close(CloseReason::forced_server_close, kStart, kTiming); }},
    {"fail", [](SessionFsm& fsm) { return fsm.fail(CloseReason::ping_timeout); }},
};

using Outcomes = std::map<std::string, std::string>;

/// Every event, from a fresh machine that `prepare` has brought where it should be: what is not in
/// `expected` does nothing.
void expect_outcomes(const std::function<SessionFsm()>& prepare, const Outcomes& expected) {
  for (const auto& [name, event] : kEvents) {
    SessionFsm fsm = prepare();
    const std::string nothing = described({}, fsm);
    const auto found = expected.find(name);
    const SessionStep step = event(fsm);
    EXPECT_EQ(described(step, fsm), found == expected.end() ? nothing : found->second) << name;
    EXPECT_EQ(fsm.state() == State::ended, step.ended || nothing.ends_with("ended")) << name;
  }
  for (const auto& [name, outcome] : expected) EXPECT_TRUE(kEvents.contains(name)) << name;
}

SessionFsm polling() { return SessionFsm{State::polling}; }

SessionFsm with_get(SessionFsm fsm) {
  fsm.on_get(false);
  return fsm;
}

SessionFsm probing() {
  SessionFsm fsm = polling();
  attach(fsm);
  return fsm;
}

SessionFsm upgrading() {
  SessionFsm fsm = probing();
  fsm.on_candidate_packet(kProbePacket);
  return fsm;
}

SessionFsm closing() {
  SessionFsm fsm = polling();
  fsm.close(CloseReason::server_shutting_down, kStart, kTiming);
  return fsm;
}

SessionFsm ended() {
  SessionFsm fsm = polling();
  fsm.fail(CloseReason::parse_error);
  return fsm;
}

TEST(SessionFsmTable, PollingWithoutAGet) {
  expect_outcomes(polling, {
                               {"get", "-> polling+get"},
                               {"get queued", "queued -> polling"},
                               {"post", "accept -> polling"},
                               {"post twice", "overlap !transport error -> ended"},
                               {"posts", "accept -> polling"},
                               {"websocket", "ws:open -> probing"},
                               {"close packet", "!transport close -> ended"},
                               {"close", "-> closing"},
                               {"fail", "!ping timeout -> ended"},
                           });
}

TEST(SessionFsmTable, PollingWithAGet) {
  expect_outcomes([] { return with_get(polling()); },
                  {
                      {"get", "close overlap !transport error -> ended"},
                      {"get queued", "close overlap !transport error -> ended"},
                      {"get aborted", "!transport error -> ended"},
                      {"post", "accept -> polling+get"},
                      {"post twice", "close overlap !transport error -> ended"},
                      {"posts", "accept -> polling+get"},
                      {"queued", "queued -> polling"},
                      {"websocket", "ws:open -> probing+get"},
                      {"close packet", "noop !transport close -> ended"},
                      {"close", "close !forced server close -> ended"},
                      {"fail", "close !ping timeout -> ended"},
                  });
}

TEST(SessionFsmTable, ProbingWithoutAGet) {
  expect_outcomes(probing, {
                               {"get", "-> probing+get"},
                               {"get queued", "queued -> probing"},
                               {"post", "accept -> probing"},
                               {"post twice", "overlap ws:close !transport error -> ended"},
                               {"posts", "accept -> probing"},
                               {"websocket", "ws:turn_away -> probing"},
                               {"probe", "ws:probe -> upgrading"},
                               {"ping", "ws:close -> polling"},
                               {"upgrade", "ws:take_over -> websocket"},
                               {"message", "ws:close -> polling"},
                               {"ws closed", "-> polling"},
                               {"timer", "ws:close -> polling"},
                               {"close packet", "ws:close !transport close -> ended"},
                               {"close", "ws:close -> closing"},
                               {"fail", "ws:close !ping timeout -> ended"},
                           });
}

TEST(SessionFsmTable, ProbingWithAGet) {
  expect_outcomes([] { return with_get(probing()); },
                  {
                      {"get", "close overlap ws:close !transport error -> ended"},
                      {"get queued", "close overlap ws:close !transport error -> ended"},
                      {"get aborted", "ws:close !transport error -> ended"},
                      {"post", "accept -> probing+get"},
                      {"post twice", "close overlap ws:close !transport error -> ended"},
                      {"posts", "accept -> probing+get"},
                      {"queued", "queued -> probing"},
                      {"websocket", "ws:turn_away -> probing+get"},
                      {"probe", "noop ws:probe -> upgrading"},
                      {"ping", "ws:close -> polling+get"},
                      {"upgrade", "noop ws:take_over -> websocket"},
                      {"message", "ws:close -> polling+get"},
                      {"ws closed", "-> polling+get"},
                      {"timer", "ws:close -> polling+get"},
                      {"close packet", "noop ws:close !transport close -> ended"},
                      {"close", "close ws:close !forced server close -> ended"},
                      {"fail", "close ws:close !ping timeout -> ended"},
                  });
}

TEST(SessionFsmTable, Upgrading) {
  expect_outcomes(upgrading, {
                                 {"get", "noop -> upgrading"},
                                 {"get queued", "queued -> upgrading"},
                                 {"post", "accept -> upgrading"},
                                 {"post twice", "overlap ws:close !transport error -> ended"},
                                 {"posts", "accept -> upgrading"},
                                 {"websocket", "ws:turn_away -> upgrading"},
                                 {"probe", "ws:probe -> upgrading"},
                                 {"ping", "ws:close -> polling"},
                                 {"upgrade", "ws:take_over -> websocket"},
                                 {"message", "ws:close -> polling"},
                                 {"ws closed", "-> polling"},
                                 {"timer", "ws:close -> polling"},
                                 {"close packet", "ws:close !transport close -> ended"},
                                 {"close", "ws:close -> closing"},
                                 {"fail", "ws:close !ping timeout -> ended"},
                             });
}

TEST(SessionFsmTable, WebSocket) {
  expect_outcomes([] { return SessionFsm{State::websocket}; },
                  {
                      {"get", "wrong_transport -> websocket"},
                      {"get queued", "wrong_transport -> websocket"},
                      {"post", "wrong_transport -> websocket"},
                      {"post twice", "wrong_transport -> websocket"},
                      {"posts", "wrong_transport -> websocket"},
                      {"websocket", "ws:turn_away -> websocket"},
                      {"ws closed", "!transport close -> ended"},
                      {"close packet", "ws:close !transport close -> ended"},
                      {"close", "ws:close !forced server close -> ended"},
                      {"fail", "ws:close !ping timeout -> ended"},
                  });
}

TEST(SessionFsmTable, Closing) {
  expect_outcomes(closing, {
                               {"get", "close !server shutting down -> ended"},
                               {"get queued", "close !server shutting down -> ended"},
                               {"post", "discard -> closing"},
                               {"post twice", "overlap !transport error -> ended"},
                               {"posts", "discard -> closing"},
                               {"websocket", "ws:turn_away -> closing"},
                               {"timer", "!server shutting down -> ended"},
                               {"close packet", "!server shutting down -> ended"},
                               {"fail", "!ping timeout -> ended"},
                           });
}

TEST(SessionFsmTable, Ended) {
  expect_outcomes(ended, {
                             {"get", "unknown_session -> ended"},
                             {"get queued", "unknown_session -> ended"},
                             {"post", "unknown_session -> ended"},
                             {"post twice", "unknown_session -> ended"},
                             {"posts", "unknown_session -> ended"},
                             {"websocket", "unknown_session -> ended"},
                         });
}

TEST(SessionFsmTest, TheDeadlineIsThatOfTheUpgradeOrTheClose) {
  EXPECT_EQ(polling().deadline(), std::nullopt);
  EXPECT_EQ(probing().deadline(), kStart + seconds{10});
  EXPECT_EQ(upgrading().deadline(), kStart + seconds{10});
  EXPECT_EQ(closing().deadline(), kStart + seconds{30});
  EXPECT_EQ(ended().deadline(), std::nullopt);
  SessionFsm fsm = upgrading();
  fsm.on_candidate_packet(kUpgradePacket);
  EXPECT_EQ(fsm.deadline(), std::nullopt);
}

TEST(SessionFsmTest, ATimerCountsFromItsExactTime) {
  SessionFsm fsm = upgrading();
  EXPECT_EQ(fsm.on_timer(kStart + milliseconds{9'999}), SessionStep{});
  EXPECT_EQ(fsm.on_timer(kStart + seconds{10}).websocket, WebSocketAction::close);
  EXPECT_EQ(fsm.deadline(), std::nullopt);
}

TEST(SessionFsmTest, AnUpgradeThatFailsMayBeTriedAgain) {
  SessionFsm fsm = upgrading();
  fsm.on_websocket_closed(CloseReason::transport_close);

  EXPECT_EQ(attach(fsm).websocket, WebSocketAction::open);
  EXPECT_EQ(fsm.on_candidate_packet(kProbePacket).websocket, WebSocketAction::send_probe);
  EXPECT_EQ(fsm.on_candidate_packet(kUpgradePacket).websocket, WebSocketAction::take_over);
  EXPECT_EQ(fsm.state(), State::websocket);
}

TEST(SessionFsmTest, APostThatBeganBeforeTheUpgradeMayEndAfterIt) {
  SessionFsm fsm = upgrading();
  EXPECT_EQ(fsm.on_post().request, RequestAnswer::accept);
  fsm.on_candidate_packet(kUpgradePacket);

  fsm.on_post_done();

  EXPECT_EQ(fsm.on_post().request, RequestAnswer::wrong_transport);
}

TEST(SessionFsmTest, AProbeWithOtherDataIsNoProbe) {
  SessionFsm fsm = probing();
  EXPECT_EQ(fsm.on_candidate_packet(packet(EnginePacketType::ping, "prob")).websocket,
            WebSocketAction::close);
}

TEST(SessionFsmTest, IsSmall) { EXPECT_LE(sizeof(SessionFsm), 16u); }

}  // namespace
}  // namespace pushgate::node
