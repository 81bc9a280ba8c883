// cluster_codec_test.cpp - messages of the sharded and of the streams adapter, byte by byte.

#include "node/bus/cluster_codec.hpp"

#include <string>

#include <gtest/gtest.h>

#include "pushgate/node/json_text.hpp"

#include "node/bus/golden.hpp"

namespace pushgate::node {
namespace {

using golden::bytes;

constexpr std::string_view kUid = "2de3b5f69998d4af";
constexpr ClusterSender kSender{kUid, "/"};
constexpr ClusterSender kChatSender{kUid, "/chat"};

BroadcastOptions in_room(std::string room) { return {{std::move(room)}, {}, {}}; }

Packet packet(std::string data, std::vector<std::string> attachments = {},
              PacketType type = PacketType::event) {
  Packet made;
  made.type = type;
  made.data = std::move(data);
  made.attachments = std::move(attachments);
  return made;
}

Packet value(std::string data) { return packet(std::move(data), {}, PacketType::ack); }

Envelope to_room1() { return {packet(R"(["hello","x"])"), in_room("room1"), {}, {}}; }

Envelope with_binary() {
  Envelope made{
      packet(R"(["hello",{"_placeholder":true,"num":0},{"b":{"_placeholder":true,"num":1}}])",
             {"\x01\x02\x03", "\x01\x02\x03"}),
      {},
      {},
      {}};
  made.packet.nsp = "/chat";
  made.options.flags.is_volatile = true;
  return made;
}

Request ask_with_ack() {
  Envelope made{packet(R"(["withack",1])"), {}, {}, {}};
  made.options.flags.timeout = std::chrono::milliseconds{50};
  return {"/", BroadcastWithAck{std::make_shared<const Envelope>(std::move(made))}};
}

Request ask_servers() {
  return {"/", AskServers{packet(R"(["ping",{"_placeholder":true,"num":0}])", {"\x01\x02\x03"})}};
}

Answer one_socket() {
  Answer answer;
  answer.sockets.push_back({"socket-1",
                            {"socket-1", "room1"},
                            R"({"headers":{"host":"a"},"query":{},"auth":{}})",
                            R"({"n":1})",
                            {}});
  return answer;
}

Answer one_value(std::string data) {
  Answer answer;
  answer.values.push_back(value(std::move(data)));
  return answer;
}

Answer clients(std::size_t count) {
  Answer answer;
  answer.clients = count;
  return answer;
}

/// Every message that both adapters have, by the name of its vector.
struct Case {
  std::string name;
  ClusterData data;
  ClusterSender sender = kSender;
};

std::vector<Case> cases() {
  const Command join{"/", SocketsJoin{in_room("room1"), {"room2"}}};
  const Command leave{"/", SocketsLeave{in_room("room1"), {"room2"}}};
  const Command disconnect{"/", SocketsDisconnect{in_room("room1"), true}};
  const Command emit{"/", ServerEvent{packet(R"(["ping",1])")}};
  const Request fetch{"/", FetchSockets{in_room("room1")}};
  return {
      {"emit_room", cluster_broadcast(to_room1())},
      {"emit_binary", cluster_broadcast(with_binary()), kChatSender},
      {"join", cluster_command(join)},
      {"leave", cluster_command(leave)},
      {"disconnect", cluster_command(disconnect)},
      {"server_side_emit", cluster_command(emit)},
      {"fetch", cluster_request(kUid, fetch)},
      {"server_side_emit_ack", cluster_request(kUid, ask_servers())},
      {"broadcast_ack", cluster_request(kUid, ask_with_ack())},
      {"fetch_answer", cluster_answer("r1", fetch, one_socket())},
      {"server_side_emit_answer", cluster_answer("r1", ask_servers(), one_value("[5]"))},
      {"client_count", cluster_answer("r1", ask_with_ack(), clients(1))},
      {"ack", cluster_ack("r1", value(R"(["done"])"))},
  };
}

TEST(ClusterCodec, EveryMessageIsWrittenAsByTheShardedAdapter) {
  for (const Case& each : cases()) {
    EXPECT_EQ(encode_sharded(each.data, each.sender), bytes("sharded." + each.name)) << each.name;
  }
}

TEST(ClusterCodec, EveryMessageIsWrittenAsByTheStreamsAdapter) {
  for (const Case& each : cases()) {
    const std::string expected = bytes("streams." + each.name);
    if (each.data.ephemeral) {
      EXPECT_EQ(encode_ephemeral(each.data, each.sender), expected) << each.name;
      continue;
    }
    const auto fields = encode_stream_entry(each.data, each.sender);
    ASSERT_TRUE(fields) << each.name;
    std::string json = "[";
    for (const auto& [name, text] : *fields) {
      append_json_string(json, name);
      json += ',';
      append_json_string(json, text);
      json += ',';
    }
    json.back() = ']';
    EXPECT_EQ(json, expected) << each.name;
  }
}

TEST(ClusterCodec, WhatIsWantedLaterIsNotEphemeral) {
  // The packet looks as if an id of a request followed it.
  Envelope tricky = to_room1();
  tricky.packet.data = R"(["hello",{"a":{},"requestId":1}])";
  EXPECT_FALSE(cluster_broadcast(tricky).ephemeral);
  EXPECT_TRUE(cluster_request("r", ask_with_ack()).ephemeral);
}

/// The vector, read from a channel or a stream.
std::optional<ClusterMessage> read(const std::string& name) {
  const std::string payload = bytes(name);
  if (!payload.starts_with('[')) return decode_cluster_message(payload);
  std::vector<std::string> fields;
  JsonElements elements{payload};
  while (const auto element = elements.next()) fields.push_back(*decode_json_string(*element));
  return decode_stream_entry(fields);
}

class BothAdapters : public testing::TestWithParam<std::string> {
 protected:
  ClusterMessage take(const std::string& name) {
    auto message = read(GetParam() + name);
    EXPECT_TRUE(message) << name;
    return message ? *message : ClusterMessage{};
  }
};

INSTANTIATE_TEST_SUITE_P(Cluster, BothAdapters, testing::Values("sharded.", "streams."),
                         [](const auto& adapter) { return adapter.param.substr(0, 7); });

TEST_P(BothAdapters, BroadcastsAreRead) {
  Envelope expected = to_room1();
  expected.origin = kUid;
  const ClusterMessage message = take("emit_room");
  EXPECT_EQ(message.type, ClusterType::broadcast);
  EXPECT_EQ(message.uid, kUid);
  EXPECT_EQ(message.nsp, "/");
  EXPECT_EQ(std::get<Envelope>(message.content), expected);

  expected = with_binary();
  expected.origin = kUid;
  EXPECT_EQ(std::get<Envelope>(take("emit_binary").content), expected);
}

TEST_P(BothAdapters, CommandsAreRead) {
  EXPECT_EQ(std::get<Command>(take("join").content),
            (Command{"/", SocketsJoin{in_room("room1"), {"room2"}}}));
  EXPECT_EQ(std::get<Command>(take("leave").content),
            (Command{"/", SocketsLeave{in_room("room1"), {"room2"}}}));
  EXPECT_EQ(std::get<Command>(take("disconnect").content),
            (Command{"/", SocketsDisconnect{in_room("room1"), true}}));
  EXPECT_EQ(std::get<Command>(take("server_side_emit").content),
            (Command{"/", ServerEvent{packet(R"(["ping",1])")}}));
}

TEST_P(BothAdapters, RequestsAreRead) {
  const ClusterMessage fetch = take("fetch");
  EXPECT_EQ(fetch.request_id, kUid);
  EXPECT_EQ(std::get<Request>(fetch.content), (Request{"/", FetchSockets{in_room("room1")}}));
  EXPECT_EQ(std::get<Request>(take("server_side_emit_ack").content), ask_servers());
  const ClusterMessage message = take("broadcast_ack");
  const auto& broadcast = std::get<BroadcastWithAck>(std::get<Request>(message.content).question);
  EXPECT_EQ(broadcast.envelope->packet.data, R"(["withack",1])");
  EXPECT_EQ(broadcast.envelope->options.flags.timeout, std::chrono::milliseconds{50});
}

TEST_P(BothAdapters, AnswersAreRead) {
  EXPECT_EQ(take("fetch_answer").request_id, "r1");
  EXPECT_EQ(std::get<Answer>(take("fetch_answer").content), one_socket());
  EXPECT_EQ(std::get<Answer>(take("server_side_emit_answer").content), one_value("[5]"));
  EXPECT_EQ(std::get<Answer>(take("client_count").content), clients(1));
  EXPECT_EQ(std::get<Answer>(take("ack").content), one_value(R"(["done"])"));
}

TEST(ClusterCodec, ASocketOfOurOwnSaysWhichNodeHasIt) {
  Answer answer = one_socket();
  answer.sockets.front().node = "host:4000";
  const Request fetch{"/", FetchSockets{}};
  const std::string written =
      encode_sharded(cluster_answer("r1", fetch, answer), kSender).value_or("");
  EXPECT_NE(written.find(R"("data":{"n":1},"node":"host:4000"}])"), written.npos) << written;
  const std::optional<ClusterMessage> read = decode_cluster_message(written);
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<Answer>(read->content), answer);
}

TEST(ClusterCodec, SignalsHaveNoData) {
  EXPECT_EQ(encode_sharded(cluster_signal(ClusterType::adapter_close), kSender),
            R"({"type":13,"uid":"2de3b5f69998d4af","nsp":"/"})");
  for (const std::string_view type : {"1", "2", "13"}) {
    const std::vector<std::string> fields{"uid", "u", "nsp", "/", "type", std::string{type}};
    EXPECT_TRUE(decode_stream_entry(fields)) << type;
  }
}

TEST(ClusterCodec, OwnMessagesAreSeenByTheirEnds) {
  const ClusterTails tails{kSender};
  EXPECT_TRUE(tails.match(bytes("sharded.emit_room")));
  EXPECT_TRUE(tails.match(bytes("sharded.server_side_emit_ack"))) << "MessagePack";
  EXPECT_TRUE(tails.match(bytes("streams.fetch")));
  EXPECT_FALSE(tails.match(bytes("sharded.emit_binary"))) << "another namespace";
  const ClusterTails others{ClusterSender{"2de3b5f69998d4ae", "/"}};
  EXPECT_FALSE(others.match(bytes("sharded.emit_room")));
}

TEST(ClusterCodec, WhatIsNoMessageIsRefused) {
  for (const std::string_view json :
       {R"({})", R"({"type":3,"uid":"u","nsp":"/"})", R"({"type":0,"uid":"u","nsp":"/"})",
        R"({"type":14,"uid":"u","nsp":"/"})", R"({"type":2,"uid":"u"})",
        R"({"type":3,"data":{"packet":{"type":3,"data":["e"]},"opts":{}},"uid":"u","nsp":"/"})",
        R"({"type":3,"data":[1],"uid":"u","nsp":"/"})",
        R"({"type":7,"data":{},"uid":"u","nsp":"/"})",
        R"({"type":9,"data":{"packet":{}},"uid":"u","nsp":"/"})",
        R"({"type":8,"data":{"sockets":[]},"uid":"u","nsp":"/"})",
        R"({"type":2,"uid":"u","nsp":"/"}x)"}) {
    EXPECT_FALSE(decode_cluster_message(json)) << json;
  }
  const auto entry = [](std::string_view type, std::string_view data) {
    const std::vector<std::string> fields{
        "uid", "u", "nsp", "/", "type", std::string{type}, "data", std::string{data}};
    return decode_stream_entry(fields).has_value();
  };
  EXPECT_FALSE(entry("3x", "{}"));
  EXPECT_FALSE(entry("", "{}"));
  EXPECT_FALSE(entry("4", "{"));
  EXPECT_FALSE(entry("3", "not base64"));
  EXPECT_TRUE(entry("4", R"({"opts":{},"rooms":[]})"));
}

TEST(ClusterCodec, EveryTruncationIsRefused) {
  for (const std::string name : {"sharded.emit_binary", "sharded.fetch_answer", "streams.fetch"}) {
    const std::string whole = bytes(name);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      ASSERT_FALSE(decode_cluster_message(whole.substr(0, length))) << name << " " << length;
    }
  }
}

}  // namespace
}  // namespace pushgate::node
