// emitter_test.cpp - events from a process that is no node, over a real Redis.

#include "pushgate/node/emitter.hpp"

#include "node/bus/redis_fixture.hpp"

namespace pushgate::node::test {
namespace {

class Emitter : public RedisBusTest {
 protected:
  Emitter() {
    add_process(BusKind::classic, settings());
    bus(0).join_room(ids[0], "/", "lobby");
    EXPECT_TRUE(subscribed("socket.io#/#lobby#"));
    redis.server = server.address();
    redis.command_timeout = std::chrono::milliseconds{500};
  }
  Emitted emit(Envelope envelope) { return emit_over_redis(redis, "socket.io", envelope, *log); }

  redis::RedisSettings redis;
  pushgate::test::TempFolder folder;
  std::unique_ptr<runtime::Log> log = runtime::Log::open({.file = folder.file("log")}).value();
};

TEST_F(Emitter, ReachesARoomThroughItsOwnChannel) {
  Envelope envelope;
  envelope.packet.data = R"(["news",{"_placeholder":true,"num":0}])";
  envelope.packet.attachments = {"bytes"};
  envelope.options.rooms = {"lobby"};

  const Emitted emitted = emit(envelope);

  EXPECT_EQ(emitted.problem, "");
  EXPECT_EQ(emitted.receivers, 1);
  ASSERT_TRUE(eventually([&] { return nodes[0]->has(envelope.packet.data); }));
  EXPECT_EQ(nodes[0]->envelopes()[0]->origin, "emitter");
  EXPECT_EQ(nodes[0]->envelopes()[0]->packet.attachments, envelope.packet.attachments);
}

TEST_F(Emitter, ReachesEverybodyThroughTheNamespace) {
  Envelope envelope;
  envelope.packet.data = R"(["all"])";

  EXPECT_EQ(emit(envelope).receivers, 1);
  EXPECT_TRUE(eventually([&] { return nodes[0]->has(R"(["all"])"); }));
}

TEST_F(Emitter, SaysWhyItCannot) {
  Envelope broken;
  broken.packet.data = R"(["e",{"_placeholder":true,"num":3}])";
  broken.packet.attachments = {"one"};
  EXPECT_NE(emit(broken).problem, "");

  server.kill();
  EXPECT_NE(emit({}).problem, "");
}

}  // namespace
}  // namespace pushgate::node::test
