// classic_codec_test.cpp - messages of the classic adapter and its emitter, byte by byte.

#include "node/bus/classic_codec.hpp"

#include <string>

#include <gtest/gtest.h>

#include "pushgate/node/bus/msgpack.hpp"

#include "node/bus/channels.hpp"
#include "node/bus/golden.hpp"

namespace pushgate::node {
namespace {

using golden::bytes;
using std::chrono::milliseconds;

constexpr std::string_view kUid = "gRZtnr";

Envelope envelope(std::string data, BroadcastOptions options = {}, std::string nsp = "/") {
  Envelope made;
  made.packet.data = std::move(data);
  made.packet.nsp = std::move(nsp);
  made.options = std::move(options);
  return made;
}

BroadcastOptions in_room(std::string room) { return {{std::move(room)}, {}, {}}; }

Packet event(std::string data) {
  Packet packet;
  packet.data = std::move(data);
  return packet;
}

Packet value(std::string data, std::vector<std::string> attachments = {}) {
  Packet packet;
  packet.type = PacketType::ack;
  packet.data = std::move(data);
  packet.attachments = std::move(attachments);
  return packet;
}

/// What the sender of emit_binary sends.
Envelope binary_to_room1() {
  Envelope made = envelope(R"(["hello",{"_placeholder":true,"num":0}])", in_room("room1"), "/chat");
  made.packet.attachments = {"\x01\x02\x03"};
  return made;
}

Envelope with_flags() {
  Envelope made = envelope(R"(["x",null,[1.5,-1,70000]])", {{"a", "b"}, {"c"}, {}});
  made.options.flags.is_volatile = true;
  made.options.flags.compress = false;
  return made;
}

// ---- broadcasts
// -----------------------------------------------------------------------------------

TEST(ClassicBroadcast, IsWrittenByteForByteAsByTheAdapter) {
  EXPECT_EQ(encode_classic_broadcast(kUid, envelope(R"(["hello",1,"2",{"a":[true]}])")),
            bytes("classic.emit"));
  EXPECT_EQ(encode_classic_broadcast("nHkjJK", binary_to_room1()), bytes("classic.emit_binary"));
  EXPECT_EQ(encode_classic_broadcast(kUid, with_flags()), bytes("classic.emit_flags"));
}

TEST(ClassicBroadcast, IsReadFromTheAdapter) {
  Envelope expected = envelope(R"(["hello",1,"2",{"a":[true]}])");
  expected.origin = kUid;
  EXPECT_EQ(decode_classic_broadcast(bytes("classic.emit")), expected);

  expected = binary_to_room1();
  expected.origin = "nHkjJK";
  EXPECT_EQ(decode_classic_broadcast(bytes("classic.emit_binary")), expected);

  expected = with_flags();
  expected.origin = kUid;
  EXPECT_EQ(decode_classic_broadcast(bytes("classic.emit_flags")), expected);
}

TEST(ClassicBroadcast, IsReadFromTheEmitterWhoseKeysComeInAnotherOrder) {
  Envelope expected = envelope(R"(["hello","x"])", in_room("room1"));
  expected.origin = "emitter";
  EXPECT_EQ(decode_classic_broadcast(bytes("emitter.emit_room")), expected);

  expected =
      envelope(R"(["hello",{"_placeholder":true,"num":0}])", {{"a", "b"}, {"c"}, {}}, "/chat");
  expected.packet.attachments = {"\x01\x02\x03"};
  expected.options.flags.is_volatile = true;
  expected.origin = "emitter";
  EXPECT_EQ(decode_classic_broadcast(bytes("emitter.emit_binary")), expected);
}

TEST(ClassicBroadcast, RoomsThatAreNumbersAreStrings) {
  const auto read = decode_classic_broadcast(bytes("classic.emit_number_room"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->options.rooms, (std::vector<std::string>{"7"}));
}

TEST(ClassicBroadcast, BeginsWithItsSender) {
  EXPECT_TRUE(bytes("classic.emit").starts_with(classic_broadcast_head(kUid)));
  EXPECT_FALSE(bytes("classic.emit_binary").starts_with(classic_broadcast_head(kUid)));
  EXPECT_TRUE(bytes("emitter.emit").starts_with(classic_broadcast_head("emitter")));
}

std::string msgpack(std::string_view json) { return msgpack_from_json(json).value(); }

TEST(ClassicBroadcast, MissingPartsHaveDefaults) {
  Envelope expected = envelope(R"(["e"])");
  expected.origin = "u";
  EXPECT_EQ(decode_classic_broadcast(msgpack(R"(["u",{"type":2,"data":["e"]}])")), expected);
  EXPECT_EQ(decode_classic_broadcast(msgpack(R"(["u",{"type":2,"data":["e"]},null])")), expected);
  EXPECT_EQ(decode_classic_broadcast(msgpack(R"(["u",{"type":5,"data":["e"]},{"rooms":null}])")),
            expected);
  EXPECT_EQ(decode_classic_broadcast(msgpack(
                R"(["u",{"x":[1],"type":2,"data":["e"]},{"flags":{"volatile":false,"y":1}},9])")),
            expected);
}

TEST(ClassicBroadcast, WhatIsNoEventIsRefused) {
  for (const std::string_view json :
       {R"([])", R"(["u"])", R"({"type":2})", R"([1,{"type":2,"data":["e"]}])",
        R"(["u",{"type":3,"data":["e"]}])", R"(["u",{"type":2,"data":[]}])",
        R"(["u",{"type":2,"data":{"a":1}}])", R"(["u",{"type":2}])", R"(["u",["e"]])",
        R"(["u",{"data":["e"]}])"}) {
    EXPECT_EQ(decode_classic_broadcast(msgpack(json)), std::nullopt) << json;
  }
  EXPECT_EQ(decode_classic_broadcast(bytes("classic.emit") + "x"), std::nullopt);
}

TEST(ClassicBroadcast, EveryTruncationIsRefused) {
  const std::string whole = bytes("classic.emit_flags");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(decode_classic_broadcast(whole.substr(0, length)), std::nullopt) << length;
  }
}

TEST(ClassicBroadcast, APlaceholderWithoutAttachmentIsNotSent) {
  Envelope broken = binary_to_room1();
  broken.packet.data = R"(["hello",{"_placeholder":true,"num":1}])";
  EXPECT_EQ(encode_classic_broadcast(kUid, broken), std::nullopt);
}

// ---- requests
// -------------------------------------------------------------------------------------

TEST(ClassicRequests, CommandsAreWrittenAsByTheAdapter) {
  EXPECT_EQ(encode_classic_command(kUid, {"/", SocketsJoin{in_room("room1"), {"room2"}}}),
            bytes("classic.join"));
  EXPECT_EQ(encode_classic_command(
                kUid, {"/", SocketsLeave{{{"room1"}, {"\xc3\xa9\""}, {}}, {"a", "b"}}}),
            bytes("classic.leave"));
  EXPECT_EQ(encode_classic_command(kUid, {"/", SocketsDisconnect{in_room("room1"), true}}),
            bytes("classic.disconnect"));
  EXPECT_EQ(encode_classic_command(kUid, {"/", ServerEvent{event(R"(["ping",1])")}}),
            bytes("classic.server_side_emit"));
}

TEST(ClassicRequests, QuestionsAreWrittenAsByTheAdapter) {
  EXPECT_EQ(encode_classic_request(kUid, "e4Kh8Q", {"/", AskServers{event(R"(["ping",1])")}}),
            bytes("classic.server_side_emit_ack"));
  EXPECT_EQ(encode_classic_request(kUid, "e4Kh8Q", {"/", ListRooms{}}), bytes("classic.all_rooms"));
  EXPECT_EQ(encode_classic_request(kUid, "e4Kh8Q", {"/", FetchSockets{in_room("room1")}}),
            bytes("classic.fetch"));
  EXPECT_EQ(encode_classic_request(kUid, "r1", {"/", ListSockets{in_room("room1")}}),
            R"({"uid":"gRZtnr","requestId":"r1","type":0,"rooms":["room1"]})");

  Envelope broadcast = envelope(R"(["withack",1])");
  broadcast.options.flags.timeout = milliseconds{50};
  EXPECT_EQ(
      encode_classic_request(kUid, "FSKh8h",
                             {"/", BroadcastWithAck{std::make_shared<const Envelope>(broadcast)}}),
      bytes("classic.broadcast_ack"));
}

TEST(ClassicRequests, AListWithExceptionsIsFetchedBecauseTheListKnowsNone) {
  EXPECT_EQ(encode_classic_request(kUid, "r1", {"/", ListSockets{{{"a"}, {"b"}, {}}}}),
            R"({"uid":"gRZtnr","requestId":"r1","type":5,"opts":{"rooms":["a"],"except":["b"]}})");
}

Command read_command(std::string_view payload) {
  const auto request = decode_classic_request(payload, "/");
  if (!request || !std::holds_alternative<Command>(request->content)) return {};
  return std::get<Command>(request->content);
}

TEST(ClassicRequests, CommandsAreReadFromAdapterAndEmitter) {
  const Command join{"/", SocketsJoin{in_room("room1"), {"room2"}}};
  EXPECT_EQ(read_command(bytes("classic.join")), join);
  EXPECT_EQ(read_command(bytes("emitter.join")), join);
  EXPECT_EQ(read_command(bytes("emitter.leave")),
            (Command{"/", SocketsLeave{in_room("room1"), {"room2"}}}));
  EXPECT_EQ(read_command(bytes("emitter.disconnect")),
            (Command{"/", SocketsDisconnect{in_room("room1"), true}}));
  EXPECT_EQ(read_command(bytes("emitter.server_side_emit")),
            (Command{"/", ServerEvent{event(R"(["ev",1])")}}));
  EXPECT_EQ(decode_classic_request(bytes("classic.join"), "/")->uid, kUid);
  EXPECT_EQ(decode_classic_request(bytes("emitter.join"), "/")->uid, "");
}

TEST(ClassicRequests, QuestionsAreReadFromTheAdapter) {
  auto request = decode_classic_request(bytes("classic.fetch"), "/");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->request_id, "e4Kh8Q");
  EXPECT_EQ(request->type, ClassicType::remote_fetch);
  EXPECT_EQ(std::get<Request>(request->content), (Request{"/", FetchSockets{in_room("room1")}}));

  request = decode_classic_request(bytes("classic.server_side_emit_ack"), "/");
  ASSERT_TRUE(request);
  EXPECT_EQ(std::get<Request>(request->content),
            (Request{"/", AskServers{event(R"(["ping",1])")}}));

  request = decode_classic_request(R"({"uid":"a","requestId":"b","type":0,"rooms":["x",1]})", "/n");
  ASSERT_TRUE(request);
  EXPECT_EQ(std::get<Request>(request->content),
            (Request{"/n", ListSockets{{{"x", "1"}, {}, {}}}}));

  request = decode_classic_request(bytes("classic.broadcast_ack"), "/");
  ASSERT_TRUE(request);
  const auto& broadcast = std::get<BroadcastWithAck>(std::get<Request>(request->content).question);
  EXPECT_EQ(broadcast.envelope->packet.data, R"(["withack",1])");
  EXPECT_EQ(broadcast.envelope->options.flags.timeout, milliseconds{50});
}

TEST(ClassicRequests, OldRequestsNameOneSocket) {
  const auto request =
      decode_classic_request(R"({"requestId":"r","type":2,"sid":"s1","room":"a"})", "/");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->legacy_socket, "s1");
  EXPECT_EQ(std::get<Command>(request->content), (Command{"/", SocketsJoin{in_room("s1"), {"a"}}}));
  EXPECT_EQ(encode_classic_done(request->request_id), R"({"requestId":"r"})");
  EXPECT_EQ(read_command(R"({"requestId":"r","type":4,"sid":"s1","close":true})"),
            (Command{"/", SocketsDisconnect{in_room("s1"), true}}));
}

TEST(ClassicRequests, WhatIsNoRequestIsRefused) {
  for (const std::string_view json :
       {R"({})", R"({"type":0})", R"({"type":5,"requestId":"r")", R"({"type":10,"requestId":"r"})",
        R"({"type":-1,"requestId":"r"})", R"({"type":6,"data":{}})", R"({"type":2,"rooms":["a"]})",
        R"({"type":7,"requestId":"r","packet":{"type":2,"data":[]}})",
        R"({"type":8,"requestId":"r","clientCount":1})", R"([])"}) {
    EXPECT_EQ(decode_classic_request(json, "/").has_value(), false) << json;
  }
}

// ---- answers
// --------------------------------------------------------------------------------------

Answer one_socket() {
  Answer answer;
  answer.sockets.push_back({"socket-1",
                            {"socket-1", "room1"},
                            R"({"headers":{"host":"a"},"query":{},"auth":{}})",
                            R"({"n":1})",
                            {}});
  return answer;
}

TEST(ClassicAnswers, AreWrittenAsByTheAdapter) {
  Answer answer;
  answer.ids = {"socket-1"};
  EXPECT_EQ(encode_classic_answer("", "r1", ClassicType::sockets, answer),
            bytes("classic.sockets_answer"));
  answer = {};
  answer.rooms = {"socket-1", "room1"};
  EXPECT_EQ(encode_classic_answer("", "r1", ClassicType::all_rooms, answer),
            bytes("classic.rooms_answer"));
  EXPECT_EQ(encode_classic_answer("", "r1", ClassicType::remote_fetch, one_socket()),
            bytes("classic.fetch_answer"));
  answer = {};
  answer.values = {value(R"([{"value":5}])")};
  EXPECT_EQ(encode_classic_answer("", "r1", ClassicType::server_side_emit, answer),
            bytes("classic.server_side_emit_answer"));
  answer = {};
  answer.clients = 1;
  EXPECT_EQ(encode_classic_answer("", "r1", ClassicType::broadcast, answer),
            bytes("classic.client_count"));
  EXPECT_EQ(encode_classic_ack(
                "", "r1", value(R"([{"ok":{"_placeholder":true,"num":0}}])", {"\x01\x02\x03"})),
            bytes("classic.ack"));
}

TEST(ClassicAnswers, NoSocketsIsAnAnswerToo) {
  EXPECT_EQ(encode_classic_answer("", "r1", ClassicType::remote_fetch, {}),
            R"({"requestId":"r1","sockets":[]})");
  EXPECT_EQ(encode_classic_answer("", "r1", ClassicType::server_side_emit, {}),
            R"({"type":6,"requestId":"r1","data":null})");
}

TEST(ClassicAnswers, CarryTheirSenderForThoseWhoKnow) {
  Answer answer;
  answer.rooms = {"a"};
  const std::string text = encode_classic_answer(kUid, "r1", ClassicType::all_rooms, answer);
  EXPECT_EQ(text, R"({"requestId":"r1","rooms":["a"],"uid":"gRZtnr"})");
  const auto read = decode_classic_answer(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->uid, kUid);
  EXPECT_EQ(read->answer, answer);
}

TEST(ClassicAnswers, AreReadFromTheAdapter) {
  auto read = decode_classic_answer(bytes("classic.sockets_answer"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->request_id, "r1");
  EXPECT_EQ(read->answer.ids, (std::vector<std::string>{"socket-1"}));

  read = decode_classic_answer(bytes("classic.fetch_answer"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->answer, one_socket());

  read = decode_classic_answer(bytes("classic.server_side_emit_answer"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, ClassicAnswer::Kind::answer);
  ASSERT_EQ(read->answer.values.size(), 1u);
  EXPECT_EQ(read->answer.values[0], value(R"([{"value":5}])"));

  read = decode_classic_answer(bytes("classic.client_count"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->answer.clients, 1u);

  read = decode_classic_answer(bytes("classic.ack"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, ClassicAnswer::Kind::acknowledged);
  EXPECT_EQ(read->answer.values.at(0),
            value(R"([{"ok":{"_placeholder":true,"num":0}}])", {"\x01\x02\x03"}));
}

TEST(ClassicAnswers, AnAcknowledgementOfNothingIsNull) {
  const auto read = decode_classic_answer(msgpack(R"({"type":9,"requestId":"r"})"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->answer.values.at(0).data, "[null]");
}

TEST(ClassicAnswers, BinaryInJsonIsSpelledAsOtherNodesSpellIt) {
  Answer answer;
  answer.values = {
      value(R"([{"a":{"_placeholder":true,"num":0},"b":"{\"_placeholder\":true,\"num\":0}"}])",
            {std::string("\x00\xff", 2)})};
  EXPECT_EQ(
      encode_classic_answer("", "r", ClassicType::server_side_emit, answer),
      R"({"type":6,"requestId":"r","data":{"a":{"type":"Buffer","data":[0,255]},"b":"{\"_placeholder\":true,\"num\":0}"}})");
}

TEST(ClassicAnswers, WhatIsNoAnswerIsRefused) {
  EXPECT_FALSE(decode_classic_answer(R"({"sockets":[]})"));
  EXPECT_FALSE(decode_classic_answer(R"({"requestId":"r","rooms":)"));
  EXPECT_FALSE(decode_classic_answer(""));
  EXPECT_FALSE(decode_classic_answer("\x90"));
}

}  // namespace
}  // namespace pushgate::node
