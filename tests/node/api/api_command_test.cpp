// api_command_test.cpp - what the bodies of the API's commands mean, and what is wrong with others.

#include "node/api/api_command.hpp"

#include <string>

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

ApiLimits limits() {
  return {2, [](std::string_view nsp) { return nsp == "/" || nsp == "/chat"; }};
}

template <class Wish>
Wish wish_of(CommandKind kind, std::string_view body) {
  auto parsed = parse_command(kind, body, limits());
  if (const auto* const problem = std::get_if<ApiProblem>(&parsed)) {
    ADD_FAILURE() << problem->message;
    return {};
  }
  return std::get<Wish>(std::get<ApiCommand>(parsed));
}

ApiProblem problem_of(CommandKind kind, std::string_view body) {
  const auto parsed = parse_command(kind, body, limits());
  const auto* const problem = std::get_if<ApiProblem>(&parsed);
  if (problem == nullptr) {
    ADD_FAILURE() << "accepted: " << body;
    return {};
  }
  return *problem;
}

std::string field_of(CommandKind kind, std::string_view body) {
  return problem_of(kind, body).field;
}

TEST(ApiCommand, PublishHasOneArgumentSeveralOrNone) {
  const auto one = wish_of<PublishWish>(CommandKind::publish,
                                        R"({"rooms":["a","b"],"event":"e","data":{"x": [1]}})");
  EXPECT_EQ(one.event.data, R"(["e",{"x":[1]}])");
  EXPECT_EQ(one.rooms, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(one.keep);

  const auto several = wish_of<PublishWish>(
      CommandKind::publish, R"({"rooms":["a"],"event":"e","args":[1.50,null,"é\u0041"]})");
  EXPECT_EQ(several.event.data, R"(["e",1.50,null,"é\u0041"])");

  EXPECT_EQ(wish_of<PublishWish>(CommandKind::publish, R"({"rooms":["a"],"event":"e"})").event.data,
            R"(["e"])");
}

TEST(ApiCommand, BinariesBecomeAttachmentsInTheOrderTheyStand) {
  const auto wish = wish_of<PublishWish>(
      CommandKind::broadcast,
      R"({"event":"e","data":{"a":{"$binary":"AQI="},"b":[{"$binary":""},{"$binary":"","x":1}]}})");

  EXPECT_EQ(wish.event.data, R"(["e",{"a":{"_placeholder":true,"num":0},)"
                             R"("b":[{"_placeholder":true,"num":1},{"$binary":"","x":1}]}])");
  EXPECT_EQ(wish.event.attachments, (std::vector<std::string>{"\x01\x02", ""}));
}

TEST(ApiCommand, WhatNobodyMayWriteIntoData) {
  const CommandKind kind = CommandKind::broadcast;
  EXPECT_EQ(field_of(kind, R"({"event":"e","data":{"$binary":"AQI"}})"), "data");
  EXPECT_EQ(field_of(kind, R"({"event":"e","data":{"$binary":7}})"), "data");
  EXPECT_EQ(field_of(kind, R"({"event":"e","args":[1,{"_placeholder":true,"num":0}]})"), "args[1]");
  EXPECT_EQ(
      field_of(kind, R"({"event":"e","args":[{"$binary":""},{"$binary":""},{"$binary":""}]})"),
      "args[2]");
  EXPECT_EQ(field_of(kind, R"({"event":"e","data":1,"args":[1]})"), "args");
  EXPECT_EQ(field_of(kind, R"({"event":"e","args":{}})"), "args");
}

TEST(ApiCommand, TheFieldThatIsWrongIsNamed) {
  const CommandKind kind = CommandKind::publish;
  EXPECT_EQ(field_of(kind, R"({"event":"e"})"), "rooms");
  EXPECT_EQ(field_of(kind, R"({"rooms":[],"event":"e"})"), "rooms");
  EXPECT_EQ(field_of(kind, R"({"rooms":"a","event":"e"})"), "rooms");
  EXPECT_EQ(field_of(kind, R"({"rooms":["a",7],"event":"e"})"), "rooms[1]");
  EXPECT_EQ(field_of(kind, R"({"rooms":["a"]})"), "event");
  EXPECT_EQ(field_of(kind, R"({"rooms":["a"],"event":"disconnect"})"), "event");
  EXPECT_EQ(field_of(kind, R"({"rooms":["a"],"event":""})"), "event");
  EXPECT_EQ(field_of(kind, R"({"rooms":["a"],"event":"e","nsp":"/no"})"), "nsp");
  EXPECT_EQ(field_of(kind, R"({"rooms":["a"],"event":"e","volatile":"yes"})"), "volatile");
  EXPECT_EQ(field_of(kind, R"({"rooms":["a"],"event":"e","except":["\n"]})"), "except[0]");
  EXPECT_EQ(field_of(kind, R"({"rooms":["a"],"event":"e","vollatile":true})"), "vollatile");
  EXPECT_NE(problem_of(kind, R"({"rooms":["a"],"event":"e","vollatile":true})")
                .message.find("did you mean volatile?"),
            std::string::npos);
  EXPECT_EQ(problem_of(kind, "[1]").rule, "not_an_object");
}

TEST(ApiCommand, PushNamesUsersAndTimes) {
  const auto wish = wish_of<PushWish>(
      CommandKind::push,
      R"({"uids":["alice"],"event":"e","ackTimeout":2000,"mailboxTtl":0,"nsp":"/chat"})");
  EXPECT_EQ(wish.uids, (std::vector<std::string>{"alice"}));
  EXPECT_EQ(wish.ack_timeout, std::chrono::milliseconds{2000});
  EXPECT_EQ(wish.mailbox_ttl, std::chrono::milliseconds{0});
  EXPECT_EQ(wish.event.nsp, "/chat");

  EXPECT_EQ(field_of(CommandKind::push, R"({"event":"e"})"), "uids");
  EXPECT_EQ(field_of(CommandKind::push, R"({"uids":["a"],"event":"e","ackTimeout":1.5})"),
            "ackTimeout");
  EXPECT_EQ(field_of(CommandKind::push, R"({"uids":["a"],"event":"e","mailboxTtl":-1})"),
            "mailboxTtl");
}

TEST(ApiCommand, SocketsAreChosenByIdUserOrRoom) {
  const std::string id = "aaaaaaaaaaaaaaaaaaaa";
  const auto wish = wish_of<DisconnectWish>(
      CommandKind::disconnect,
      R"({"socket":")" + id + R"(","uid":"alice","rooms":["r"],"close":true})");
  EXPECT_EQ(wish.who, (std::vector<std::string>{"r", id, "user:alice"}));
  EXPECT_TRUE(wish.close);

  EXPECT_EQ(field_of(CommandKind::disconnect, R"({"close":true})"), "rooms");
  EXPECT_EQ(field_of(CommandKind::disconnect, R"({"socket":"short"})"), "socket");
  EXPECT_EQ(field_of(CommandKind::disconnect, R"({"uid":"a","close":1})"), "close");
}

TEST(ApiCommand, JoinAndLeaveTellWhoFromWhere) {
  const auto wish =
      wish_of<MembershipWish>(CommandKind::leave, R"({"inRooms":["old"],"rooms":["a","b"]})");
  EXPECT_EQ(wish.who, (std::vector<std::string>{"old"}));
  EXPECT_EQ(wish.rooms, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(wish.is_join);

  EXPECT_EQ(field_of(CommandKind::join, R"({"uid":"alice"})"), "rooms");
  EXPECT_EQ(field_of(CommandKind::join, R"({"uid":"alice","rooms":["a","user:bob"]})"), "rooms[1]");
  EXPECT_EQ(field_of(CommandKind::join, R"({"rooms":["a"]})"), "inRooms");
}

TEST(ApiCommand, ABatchIsAListOfCommands) {
  const auto parsed = parse_batch(
      R"({"commands":[{"command":"join","body":{"uid":"a"}},{"body":[],"command":"publish"}]})");
  const auto& items = std::get<0>(parsed);
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].kind, CommandKind::join);
  EXPECT_EQ(items[0].body, R"({"uid":"a"})");
  EXPECT_EQ(items[1].kind, CommandKind::publish);

  const auto field = [](std::string_view body) { return std::get<1>(parse_batch(body)).field; };
  EXPECT_EQ(field(R"({})"), "commands");
  EXPECT_EQ(field(R"({"commands":[]})"), "commands");
  EXPECT_EQ(field(R"({"commands":{}})"), "commands");
  EXPECT_EQ(field(R"({"commands":[{"command":"batch","body":{}}]})"), "commands[0].command");
  EXPECT_EQ(field(R"({"commands":[{"command":"join"}]})"), "commands[0].body");
  EXPECT_EQ(field(R"({"commands":[7]})"), "commands[0]");
}

}  // namespace
}  // namespace pushgate::node
