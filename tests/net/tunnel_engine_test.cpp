// tunnel_engine_test.cpp - a tunnel passes bytes, ends and resets on, and says how it ended.

#include "pushgate/net/tunnel_engine.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/net_fixture.hpp"
#include "runtime/counted_allocations.hpp"

namespace pushgate::net {
namespace {

using runtime::kPeerClosed;
using runtime::kReadable;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::size_t kMiB = 1024 * 1024;

class Named final : public TunnelRecord {
 public:
  Named(std::string name, int& alive) : name_(std::move(name)), alive_(alive) { ++alive_; }
  ~Named() override { --alive_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  int& alive_;
};

/// What the engine reported, copied.
struct Closed {
  std::string name;
  TunnelEnd end;
  std::uint64_t from_client;
  std::uint64_t from_upstream;
  milliseconds duration;
};

/// client ══▶ engine ══▶ upstream, and back.
class TunnelEngineTest : public NetFixture {
 protected:
  void connect(int buffer_bytes = 0) {
    Connection c = connect_tcp(buffer_bytes);
    Connection u = connect_tcp(buffer_bytes);
    client_side = attach(std::move(c.ours));
    upstream_side = attach(std::move(u.ours));
    client = std::move(c.peer);
    upstream = std::move(u.peer);
  }
  void adopt(milliseconds idle_limit = hours{1}, TunnelEngine::Early early = {},
             const std::string& name = "t") {
    engine.adopt(std::move(client_side), std::move(upstream_side),
                 std::make_unique<Named>(name, records_alive), idle_limit, early);
  }
  void open() {
    connect();
    adopt();
  }
  bool arrives(Wire& at, std::string_view text) {
    return run_until([&] { return at.collect() == text; });
  }
  bool all_closed() {
    return run_until([&] { return engine.open() == 0; });
  }

  std::vector<Closed> closed;
  int records_alive = 0;
  Socket client_side;
  Socket upstream_side;
  Wire client;
  Wire upstream;
  TunnelEngine engine{
      reactor, [this](const TunnelReport& report) {
        closed.push_back({dynamic_cast<Named&>(report.record).name(), report.end,
                          report.bytes_from_client, report.bytes_from_upstream, report.duration});
      }};
};

TEST_F(TunnelEngineTest, BytesPassBothWays) {
  open();

  client.send("ping");
  upstream.send("pong");

  EXPECT_TRUE(arrives(upstream, "ping"));
  EXPECT_TRUE(arrives(client, "pong"));
  EXPECT_EQ(engine.open(), 1U);
}

TEST_F(TunnelEngineTest, EarlyBytesGoFirstOnBothWays) {
  connect();
  client.send("c2");
  upstream.send("u2");

  adopt(hours{1}, {.from_client = "c1 ", .from_upstream = "u1 "});

  EXPECT_TRUE(arrives(upstream, "c1 c2"));
  EXPECT_TRUE(arrives(client, "u1 u2"));
}

// The kernel has reported them, nobody will report them again.
TEST_F(TunnelEngineTest, WhatArrivedBeforeTheTunnelIsNotForgotten) {
  connect();
  client.send("c");
  upstream.send("u");
  ASSERT_TRUE(becomes(client_side, kReadable));
  ASSERT_TRUE(becomes(upstream_side, kReadable));

  adopt();

  EXPECT_TRUE(arrives(upstream, "c"));
  EXPECT_TRUE(arrives(client, "u"));
}

TEST_F(TunnelEngineTest, ATunnelWhoseTwoSidesEndedBeforeItBeganClosesAtOnce) {
  connect();
  client.end();
  upstream.end();
  ASSERT_TRUE(becomes(client_side, kPeerClosed));
  ASSERT_TRUE(becomes(upstream_side, kPeerClosed));

  adopt();

  EXPECT_TRUE(all_closed());
  EXPECT_EQ(closed.size(), 1U);
}

TEST_F(TunnelEngineTest, MuchDataPassesBothWaysUnderBackPressure) {
  connect(16 * 1024);
  adopt();
  const std::string up = pattern(2 * kMiB);
  const std::string down = pattern(kMiB);
  std::size_t up_sent = 0;
  std::size_t down_sent = 0;

  EXPECT_TRUE(run_until([&] {
    up_sent += client.send_some(std::string_view(up).substr(up_sent));
    down_sent += upstream.send_some(std::string_view(down).substr(down_sent));
    return upstream.collect().size() == up.size() && client.collect().size() == down.size();
  }));

  EXPECT_TRUE(upstream.collect() == up);
  EXPECT_TRUE(client.collect() == down);
}

TEST_F(TunnelEngineTest, AnEndOfTheClientIsPassedOnAndTheNodeMayGoOn) {
  open();
  client.send("bye");
  client.end();
  ASSERT_TRUE(run_until([&] { return upstream.has_ended(); }));
  EXPECT_EQ(upstream.collect(), "bye");
  EXPECT_EQ(engine.open(), 1U);

  upstream.send("still here");
  ASSERT_TRUE(arrives(client, "still here"));
  upstream.end();

  ASSERT_TRUE(all_closed());
  EXPECT_EQ(closed.front().end, TunnelEnd::client_closed);
  EXPECT_TRUE(run_until([&] { return client.has_ended(); }));
  EXPECT_FALSE(client.was_reset());
}

TEST_F(TunnelEngineTest, AnEndOfTheNodeIsPassedOnAndTheClientMayGoOn) {
  open();
  upstream.end();
  ASSERT_TRUE(run_until([&] { return client.has_ended(); }));
  EXPECT_EQ(engine.open(), 1U);

  client.send("still here");
  ASSERT_TRUE(arrives(upstream, "still here"));
  client.end();

  ASSERT_TRUE(all_closed());
  EXPECT_EQ(closed.front().end, TunnelEnd::upstream_closed);
}

TEST_F(TunnelEngineTest, AResetOfTheClientResetsTheNode) {
  open();

  client.reset();

  ASSERT_TRUE(all_closed());
  EXPECT_EQ(closed.front().end, TunnelEnd::client_failed);
  EXPECT_TRUE(run_until([&] { return upstream.was_reset(); }));
  EXPECT_FALSE(upstream.has_ended());
}

TEST_F(TunnelEngineTest, AResetOfTheNodeResetsTheClient) {
  open();

  upstream.reset();

  ASSERT_TRUE(all_closed());
  EXPECT_EQ(closed.front().end, TunnelEnd::upstream_failed);
  EXPECT_TRUE(run_until([&] { return client.was_reset(); }));
  EXPECT_FALSE(client.has_ended());
}

TEST_F(TunnelEngineTest, AResetAfterAnEndIsNoticed) {
  open();
  client.end();
  ASSERT_TRUE(run_until([&] { return upstream.has_ended(); }));

  client.reset();

  ASSERT_TRUE(all_closed());
  EXPECT_EQ(closed.front().end, TunnelEnd::client_failed);
  EXPECT_TRUE(run_until([&] { return upstream.is_broken(); }));
}

TEST_F(TunnelEngineTest, AClientThatGoesWhileItIsBehindResetsTheNode) {
  connect(16 * 1024);
  adopt();
  const std::string text = pattern(kMiB);
  std::size_t sent = 0;
  ASSERT_TRUE(run_until([&] {
    const std::size_t now = upstream.send_some(std::string_view(text).substr(sent));
    sent += now;
    return sent > 64 * 1024 && now == 0;
  }));

  client.reset();

  ASSERT_TRUE(all_closed());
  EXPECT_EQ(closed.front().end, TunnelEnd::client_failed);
  EXPECT_TRUE(run_until([&] { return upstream.was_reset(); }));
}

TEST_F(TunnelEngineTest, TheReportHasTheRecordAndEveryByteOfBothWays) {
  connect();
  adopt(hours{1}, {.from_client = "1234", .from_upstream = "12"}, "alice");
  client.send("567");
  upstream.send("3");
  ASSERT_TRUE(arrives(upstream, "1234567"));
  ASSERT_TRUE(arrives(client, "123"));

  client.end();
  upstream.end();

  ASSERT_TRUE(all_closed());
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed.front().name, "alice");
  EXPECT_EQ(closed.front().from_client, 7U);
  EXPECT_EQ(closed.front().from_upstream, 3U);
  EXPECT_GE(closed.front().duration.count(), 0);
  EXPECT_EQ(records_alive, 0);
}

TEST_F(TunnelEngineTest, ASilentTunnelIsClosedAfterItsIdleTimeAndNotBefore) {
  connect();
  const TimePoint before = Clock::now();

  adopt(milliseconds{50});

  ASSERT_TRUE(all_closed());
  EXPECT_EQ(closed.front().end, TunnelEnd::idle);
  EXPECT_GE(Clock::now() - before, milliseconds{50});
  EXPECT_TRUE(run_until([&] { return client.has_ended() && upstream.has_ended(); }));
}

TEST_F(TunnelEngineTest, EveryByteStartsTheIdleTimeAnew) {
  connect();
  const TimePoint opened = Clock::now();
  adopt(milliseconds{400});
  TimePoint last_sent = opened;
  std::string said;
  while (Clock::now() < opened + milliseconds{600} && engine.open() == 1) {
    said += 'x';
    last_sent = Clock::now();
    client.send("x");
    ASSERT_TRUE(run_until([&] { return upstream.collect() == said || engine.open() == 0; }));
  }

  ASSERT_TRUE(all_closed());

  EXPECT_EQ(closed.front().end, TunnelEnd::idle);
  EXPECT_GE(Clock::now() - last_sent, milliseconds{400});
}

TEST_F(TunnelEngineTest, CloseAllClosesEachOnceAndSaysWhenItIsEmpty) {
  int emptied = 0;
  engine.on_empty([&] { ++emptied; });
  std::vector<std::pair<Wire, Wire>> wires;
  for (int i = 0; i < 3; ++i) {
    connect();
    adopt(hours{1}, {}, std::to_string(i));
    wires.emplace_back(std::move(client), std::move(upstream));
  }

  engine.close_all();

  EXPECT_EQ(engine.open(), 0U);
  EXPECT_EQ(emptied, 1);
  ASSERT_EQ(closed.size(), 3U);
  EXPECT_TRUE(std::all_of(closed.begin(), closed.end(),
                          [](const Closed& one) { return one.end == TunnelEnd::stopped; }));
  for (std::pair<Wire, Wire>& pair : wires) {
    EXPECT_TRUE(run_until([&] { return pair.first.has_ended() && pair.second.has_ended(); }));
  }
}

TEST_F(TunnelEngineTest, AnEngineThatGoesTakesItsTunnelsWithIt) {
  connect();
  {
    TunnelEngine short_lived(reactor, [&](const TunnelReport&) {});
    short_lived.adopt(std::move(client_side), std::move(upstream_side),
                      std::make_unique<Named>("t", records_alive), hours{1}, {});
    EXPECT_EQ(records_alive, 1);
  }

  EXPECT_EQ(records_alive, 0);
  EXPECT_TRUE(run_until([&] { return client.has_ended(); }));
}

TEST_F(TunnelEngineTest, OneTunnelEndingLeavesTheOthersAlone) {
  open();
  Wire first_client = std::move(client);
  Wire first_upstream = std::move(upstream);
  open();

  first_client.reset();
  ASSERT_TRUE(run_until([&] { return engine.open() == 1; }));
  client.send("ping");

  EXPECT_TRUE(arrives(upstream, "ping"));
}

TEST_F(TunnelEngineTest, MessagesThatAreTakenAtOnceNeedNoMemory) {
  open();
  client.send("warm");
  ASSERT_TRUE(arrives(upstream, "warm"));
  std::size_t before = 0;
  std::size_t after = 0;

  client.send("message");
  // Only the thread's own work is counted, not the test's collecting.
  ASSERT_TRUE(run_until([&] {
    before = runtime::allocations_of_this_thread();
    io.poll();
    after = runtime::allocations_of_this_thread();
    return upstream.collect() == "warmmessage" || after != before;
  }));

  EXPECT_EQ(after, before);
}

// A block that a tunnel still held could not be borrowed here, and a new one would be an
// allocation.
TEST_F(TunnelEngineTest, AfterBackPressureNoBufferIsHeld) {
  connect(16 * 1024);
  adopt();
  Buffer largest;
  largest.prepare(64 * 1024);
  largest.release();
  const std::string text = pattern(kMiB);
  std::size_t sent = 0;
  ASSERT_TRUE(run_until([&] {
    sent += client.send_some(std::string_view(text).substr(sent));
    return upstream.collect().size() == text.size();
  }));
  io.poll();
  const std::size_t before = runtime::allocations_of_this_thread();

  Buffer next;
  next.prepare(64 * 1024);

  EXPECT_EQ(runtime::allocations_of_this_thread(), before);
}

TEST(TunnelEndTest, EveryEndHasAName) {
  EXPECT_EQ(name_of(TunnelEnd::client_closed), "client_closed");
  EXPECT_EQ(name_of(TunnelEnd::upstream_closed), "upstream_closed");
  EXPECT_EQ(name_of(TunnelEnd::client_failed), "client_failed");
  EXPECT_EQ(name_of(TunnelEnd::upstream_failed), "upstream_failed");
  EXPECT_EQ(name_of(TunnelEnd::idle), "idle");
  EXPECT_EQ(name_of(TunnelEnd::stopped), "stopped");
}

}  // namespace
}  // namespace pushgate::net
