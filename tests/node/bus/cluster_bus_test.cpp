// cluster_bus_test.cpp - the sharded and the streams bus among nodes of other makes.

#include "pushgate/node/json_text.hpp"

#include "node/bus/channels.hpp"
#include "node/bus/cluster_codec.hpp"
#include "node/bus/redis_fixture.hpp"

namespace pushgate::node::test {
namespace {

using std::chrono::milliseconds;

constexpr auto kShard = redis::SubscriptionKind::shard;
const std::string kTheirUid = "2de3b5f69998d4af";

// ---- sharded
// --------------------------------------------------------------------------------------

class ShardedBus : public RedisBusTest {
 protected:
  ShardedBus() { start(settings()); }
  void start(RedisBusSettings chosen) {
    const std::size_t index = add_process(BusKind::sharded, std::move(chosen));
    EXPECT_TRUE(subscribed("socket.io#/#", static_cast<std::int64_t>(index + 1), "SHARDNUMSUB"));
  }
  void say(const std::string& channel, const std::string& payload) {
    server.command({"SPUBLISH", channel, payload});
  }
};

TEST_F(ShardedBus, BroadcastsOfTheAdapterAreDelivered) {
  bus(0).join_room(ids[0], "/", "room1");
  bus(0).open_namespace(ids[0], "/chat");
  ASSERT_TRUE(subscribed("socket.io#/#room1#", 1, "SHARDNUMSUB"));
  ASSERT_TRUE(subscribed("socket.io#/chat#", 1, "SHARDNUMSUB"));
  say("socket.io#/#room1#", golden::bytes("sharded.emit_room"));
  say("socket.io#/chat#", golden::bytes("sharded.emit_binary"));

  ASSERT_TRUE(eventually([&] { return nodes[0]->envelopes().size() == 2; }));
  EXPECT_EQ(nodes[0]->envelopes()[0]->packet.data, R"(["hello","x"])");
  EXPECT_EQ(nodes[0]->envelopes()[0]->origin, kTheirUid);
  EXPECT_EQ(nodes[0]->envelopes()[1]->packet.attachments.size(), 2u);
}

TEST_F(ShardedBus, RoomsHaveChannelsUnlessTheyLookLikeSockets) {
  Outsider outsider{server};
  const std::string id = "abcdefghijklmnopqrst";
  outsider.listen("socket.io#/#", kShard);
  outsider.listen("socket.io#/#room1#", kShard);
  publish(0, event(R"(["room"])", {"room1"}));
  publish(0, event(R"(["socket"])", {id}));
  publish(0, event(R"(["rooms"])", {"room1", "room2"}));
  ASSERT_TRUE(eventually([&] { return outsider.heard().size() == 3; }));
  const auto heard = outsider.heard();
  EXPECT_EQ(std::count_if(heard.begin(), heard.end(),
                          [](const auto& each) { return each.first == "socket.io#/#room1#"; }),
            1);
  const auto uid = decode_cluster_message(heard[0].second)->uid;
  EXPECT_EQ(uid.size(), 16u);
}

TEST_F(ShardedBus, TheModeSaysWhatHasAChannel) {
  RedisBusSettings chosen = settings("second");
  chosen.sharded_rooms = ShardedRooms::none;
  start(chosen);
  chosen.sharded_rooms = ShardedRooms::all;
  start(chosen);
  const std::string id = "abcdefghijklmnopqrst";
  for (std::size_t i = 0; i < 3; ++i) {
    bus(i).join_room(ids[i], "/", "room1");
    bus(i).add_socket(ids[i], "/", id);
  }
  EXPECT_TRUE(subscribed("socket.io#/#room1#", 2, "SHARDNUMSUB")) << "all but none";
  EXPECT_TRUE(subscribed("socket.io#/#" + id + "#", 1, "SHARDNUMSUB")) << "all";
  bus(2).remove_socket(ids[2], "/", id);
  EXPECT_TRUE(subscribed("socket.io#/#" + id + "#", 0, "SHARDNUMSUB"));
}

TEST_F(ShardedBus, AnswersGoToTheAsker) {
  Outsider outsider{server};
  outsider.listen("socket.io#/#" + kTheirUid + "#", kShard);
  nodes[0]->on_inquiry = [](const InquiryPtr& inquiry) {
    Answer answer;
    answer.clients = 1;
    answer.values = {value("[7]")};
    const bool broadcast = std::holds_alternative<BroadcastWithAck>(inquiry->request().question);
    inquiry->answer(std::move(answer));
    if (broadcast) inquiry->acknowledge(value(R"(["done"])"));
  };
  say("socket.io#/#", golden::bytes("sharded.fetch"));
  say("socket.io#/#", golden::bytes("sharded.server_side_emit_ack"));
  say("socket.io#/#", golden::bytes("sharded.broadcast_ack"));

  ASSERT_TRUE(eventually([&] { return outsider.heard().size() == 4; }));
  std::vector<ClusterType> types;
  for (const auto& [channel, payload] : outsider.heard()) {
    types.push_back(decode_cluster_message(payload)->type);
  }
  EXPECT_EQ(types, (std::vector{ClusterType::fetch_sockets_response,
                                ClusterType::server_side_emit_response,
                                ClusterType::broadcast_client_count, ClusterType::broadcast_ack}));
}

TEST_F(ShardedBus, OwnAndForeignMessagesAreDroppedUndecoded) {
  publish(0, event(R"(["x"])"));
  ASSERT_TRUE(eventually([&] { return metrics(0).own_dropped.value() == 1; }));
  say("socket.io#/#", "nonsense");
  EXPECT_TRUE(eventually([&] { return metrics(0).undecodable.value() == 1; }));
}

// ---- streams
// --------------------------------------------------------------------------------------

class StreamsBus : public RedisBusTest {
 protected:
  void start(RedisBusSettings chosen) {
    const std::size_t index = add_process(BusKind::streams, std::move(chosen));
    EXPECT_TRUE(subscribed("socket.io#/#", static_cast<std::int64_t>(index + 1)));
    EXPECT_TRUE(eventually([&] { return nodes[index]->is_in(BusState::up); }));
  }
  /// Adds what the vector says; returns the id.
  std::string add(const std::string& name) {
    const std::string payload = golden::bytes(name);
    std::vector<std::string> fields;
    JsonElements elements{payload};
    while (const auto element = elements.next()) fields.push_back(*decode_json_string(*element));
    return server
        .command({"XADD", golden::message(name).channel, "*", fields[0], fields[1], fields[2],
                  fields[3], fields[4], fields[5], fields[6], fields[7]})
        .text;
  }
  std::string add_event(const std::string& data) {
    return server
        .command({"XADD", "socket.io", "*", "uid", "emitter", "nsp", "/", "type", "3", "data",
                  R"({"opts":{"rooms":[],"except":[]},"packet":{"type":2,"data":)" + data + "}}"})
        .text;
  }
};

TEST_F(StreamsBus, EntriesOfTheAdapterAreDelivered) {
  start(settings());
  bus(0).join_room(ids[0], "/", "room1");
  bus(0).open_namespace(ids[0], "/chat");
  ASSERT_TRUE(subscribed("socket.io#/chat#"));
  add("streams.emit_room");
  add("streams.emit_binary");
  add("streams.join");

  ASSERT_TRUE(eventually([&] { return nodes[0]->commands().size() == 1; }));
  ASSERT_EQ(nodes[0]->envelopes().size(), 2u);
  EXPECT_EQ(nodes[0]->envelopes()[1]->packet.attachments.size(), 2u);
}

TEST_F(StreamsBus, WhatWasThereBeforeIsNotDelivered) {
  add_event(R"(["before"])");
  start(settings());
  add_event(R"(["after"])");
  ASSERT_TRUE(eventually([&] { return nodes[0]->has(R"(["after"])"); }));
  EXPECT_EQ(nodes[0]->envelopes().size(), 1u);
}

TEST_F(StreamsBus, OurEntriesAreThoseOfTheAdapterAndTheOffsetIsTold) {
  start(settings());
  std::promise<Result<std::string>> done;
  bus(0).publish(ids[0], event(R"(["hello","x"])", {"room1"}),
                 [&](Result<std::string> result) { done.set_value(std::move(result)); });
  const std::string id = done.get_future().get().value();

  const redis::Reply entries = server.command({"XRANGE", "socket.io", id, id});
  const auto& fields = entries.elements.at(0).elements.at(1).elements;
  ASSERT_EQ(fields.size(), 8u);
  EXPECT_EQ(fields[0].text, "uid");
  EXPECT_EQ(fields[5].text, "3");
  EXPECT_EQ(
      fields[7].text,
      R"({"packet":{"type":2,"data":["hello","x"]},"opts":{"rooms":["room1"],"except":[],"flags":{}}})");
  EXPECT_TRUE(eventually([&] { return metrics(0).own_dropped.value() == 1; }));
}

TEST_F(StreamsBus, NothingIsMissedWhenTheConnectionBreaks) {
  start(settings());
  add_event(R"(["1"])");
  ASSERT_TRUE(eventually([&] { return nodes[0]->has(R"(["1"])"); }));
  for (int i = 0; i < 5; ++i) {
    server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    add_event(R"(["while away"])");
  }
  EXPECT_TRUE(eventually([&] { return nodes[0]->data().size() == 6; }));
  EXPECT_EQ(nodes[0]->gaps(), 0);
}

TEST_F(StreamsBus, AStreamThatBeganAnewIsAGap) {
  start(settings());
  add_event(R"(["1"])");
  ASSERT_TRUE(eventually([&] { return nodes[0]->has(R"(["1"])"); }));
  server.command({"DEL", "socket.io"});
  server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  EXPECT_TRUE(eventually([&] { return nodes[0]->gaps() == 1; }));
  add_event(R"(["2"])");
  EXPECT_TRUE(eventually([&] { return nodes[0]->has(R"(["2"])"); }));
}

TEST_F(StreamsBus, AReaderThatWasTooSlowHearsOfItsGap) {
  RedisBusSettings shorter = settings();
  shorter.max_entries = 100;
  start(shorter);
  add_event(R"(["1"])");
  ASSERT_TRUE(eventually([&] { return nodes[0]->has(R"(["1"])"); }));
  std::unique_lock ice{processes[0]->ice()};
  processes[0]->freeze();
  server.command(
      {"EVAL",
       "for i = 1, 1000 do redis.call('XADD', 'socket.io', 'MAXLEN', '100', '*', 'nsp', '/') end",
       "0"});
  add_event(R"(["2"])");
  ice.unlock();

  EXPECT_TRUE(eventually([&] { return nodes[0]->has(R"(["2"])"); }));
  EXPECT_EQ(nodes[0]->gaps(), 1);
}

TEST_F(StreamsBus, NamespacesAreSpreadOverStreams) {
  RedisBusSettings several = settings();
  several.stream_count = 4;
  start(several);
  several.name = "second";
  start(several);
  for (const std::string nsp : {"/", "/notifications", "/b", "/c"}) {
    bus(0).open_namespace(ids[0], nsp);
    ASSERT_TRUE(eventually([&] {
      publish(1, event("[\"" + nsp + "\"]", {}, nsp));
      return nodes[0]->has("[\"" + nsp + "\"]");
    })) << nsp;
    EXPECT_GE(server.command({"XLEN", stream_name("socket.io", nsp, 4)}).integer, 1) << nsp;
  }
}

TEST_F(StreamsBus, TheStreamIsKeptShort) {
  RedisBusSettings shorter = settings();
  shorter.max_entries = 100;
  start(shorter);
  for (int i = 0; i < 1000; ++i) publish(0, event(R"(["x"])"));
  ASSERT_TRUE(eventually([&] { return metrics(0).published.value() == 1000; }));
  EXPECT_LT(server.command({"XLEN", "socket.io"}).integer, 400) << "approximately";
}

TEST_F(StreamsBus, RequestsTravelAsMessages) {
  start(settings());
  Outsider outsider{server};
  outsider.listen("socket.io#/#" + kTheirUid + "#");
  outsider.publish("socket.io#/#", golden::bytes("streams.fetch"));
  outsider.publish("socket.io#/#", golden::bytes("streams.server_side_emit"));
  ASSERT_TRUE(eventually([&] { return outsider.heard().size() == 1; }));
  const auto answer = decode_cluster_message(outsider.heard()[0].second);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->type, ClusterType::fetch_sockets_response);
  EXPECT_EQ(answer->request_id, kTheirUid);
  EXPECT_TRUE(eventually([&] { return nodes[0]->commands().size() == 1; }));
}

}  // namespace
}  // namespace pushgate::node::test
