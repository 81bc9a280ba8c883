// upstream_pool_test.cpp - which connections are kept, which is given out, and when they go.

#include "pushgate/agent/upstream/upstream_pool.hpp"

#include <memory>
#include <string>
#include <utility>

#include "net/net_fixture.hpp"

namespace pushgate::agent {
namespace {

using net::Connection;
using net::Wire;
using runtime::kPeerClosed;
using runtime::kReadable;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr UpstreamPool::Limits kLong{.idle_per_node = 8, .idle_time = hours{1}};

/// A connection to a node, and the node's end of it.
struct Line {
  std::unique_ptr<UpstreamConnection> connection;
  Wire node_end;
};

class UpstreamPoolTest : public net::NetFixture {
 protected:
  Line connect(const std::shared_ptr<NodeHealth>& to) {
    Connection pair = net::connect_tcp();
    return {std::make_unique<UpstreamConnection>(pool, to, attach(std::move(pair.ours))),
            std::move(pair.peer)};
  }
  bool idle_becomes(std::size_t count) {
    return run_until([&] { return pool.idle() == count; });
  }
  bool is_closed(Wire& node_end) {
    return run_until([&] { return node_end.has_ended() || node_end.was_reset(); });
  }
  /// Lets at least this much time pass on the reactor's thread.
  void pass(milliseconds time) {
    const TimePoint end = Clock::now() + time;
    EXPECT_TRUE(run_until([&] { return Clock::now() >= end; }));
  }

  std::shared_ptr<NodeHealth> node = std::make_shared<NodeHealth>();
  std::shared_ptr<NodeHealth> other_node = std::make_shared<NodeHealth>();
  UpstreamPool pool{reactor};
};

TEST_F(UpstreamPoolTest, AnEmptyPoolHasNothingToGive) {
  EXPECT_EQ(pool.take(*node), nullptr);
  EXPECT_EQ(pool.idle(), 0U);
}

TEST_F(UpstreamPoolTest, TheConnectionUsedLastIsGivenOutFirst) {
  Line first = connect(node);
  Line second = connect(node);
  const UpstreamConnection* const first_one = first.connection.get();
  const UpstreamConnection* const second_one = second.connection.get();

  pool.put(std::move(first.connection), kLong);
  pool.put(std::move(second.connection), kLong);

  const auto taken_first = pool.take(*node);
  const auto taken_second = pool.take(*node);
  EXPECT_EQ(taken_first.get(), second_one);
  EXPECT_EQ(taken_second.get(), first_one);
  EXPECT_EQ(pool.take(*node), nullptr);
}

TEST_F(UpstreamPoolTest, AConnectionServesItsOwnNodeOnly) {
  Line line = connect(node);

  pool.put(std::move(line.connection), kLong);

  EXPECT_EQ(pool.take(*other_node), nullptr);
  EXPECT_NE(pool.take(*node), nullptr);
}

TEST_F(UpstreamPoolTest, AboveTheLimitOfItsNodeAConnectionIsClosed) {
  Line kept = connect(node);
  Line surplus = connect(node);
  Line elsewhere = connect(other_node);
  const UpstreamPool::Limits one{.idle_per_node = 1, .idle_time = hours{1}};

  pool.put(std::move(kept.connection), one);
  pool.put(std::move(surplus.connection), one);
  pool.put(std::move(elsewhere.connection), one);

  EXPECT_EQ(pool.idle(), 2U);
  EXPECT_TRUE(is_closed(surplus.node_end));
}

TEST_F(UpstreamPoolTest, AnIdleConnectionThatTheNodeClosesIsDropped) {
  Line line = connect(node);
  pool.put(std::move(line.connection), kLong);

  line.node_end.close();

  EXPECT_TRUE(idle_becomes(0));
  EXPECT_EQ(pool.take(*node), nullptr);
}

TEST_F(UpstreamPoolTest, AnIdleConnectionOnWhichTheNodeSpeaksUnaskedIsDropped) {
  Line line = connect(node);
  pool.put(std::move(line.connection), kLong);

  line.node_end.send("HTTP/1.1 408 Request Timeout\r\n\r\n");

  EXPECT_TRUE(idle_becomes(0));
  EXPECT_TRUE(is_closed(line.node_end));
}

TEST_F(UpstreamPoolTest, DroppingOneLeavesTheOthersOfItsNode) {
  Line lines[3] = {connect(node), connect(node), connect(node)};
  for (Line& line : lines) pool.put(std::move(line.connection), kLong);

  lines[0].node_end.reset();

  ASSERT_TRUE(idle_becomes(2));
  EXPECT_NE(pool.take(*node), nullptr);
  EXPECT_NE(pool.take(*node), nullptr);
}

TEST_F(UpstreamPoolTest, BytesThatAreLeftOverSpendAConnection) {
  Line line = connect(node);
  line.node_end.send("surplus");
  ASSERT_TRUE(becomes(line.connection->socket, kReadable));

  pool.put(std::move(line.connection), kLong);

  EXPECT_EQ(pool.idle(), 0U);
}

TEST_F(UpstreamPoolTest, AConnectionThatTheNodeHasEndedIsNotKept) {
  Line line = connect(node);
  line.node_end.end();
  ASSERT_TRUE(becomes(line.connection->socket, kPeerClosed));

  pool.put(std::move(line.connection), kLong);

  EXPECT_EQ(pool.idle(), 0U);
}

// A read that was exactly as long as the rest of the body leaves the bit set.
TEST_F(UpstreamPoolTest, AReadableBitWithNothingBehindItDoesNotSpendAConnection) {
  Line line = connect(node);
  line.node_end.send("body");
  ASSERT_TRUE(becomes(line.connection->socket, kReadable));
  char body[4];
  ASSERT_EQ(line.connection->socket.read(body, sizeof body).bytes, 4U);
  ASSERT_TRUE(line.connection->socket.channel().ready & kReadable);

  pool.put(std::move(line.connection), kLong);

  EXPECT_EQ(pool.idle(), 1U);
}

TEST_F(UpstreamPoolTest, AnIdleConnectionIsClosedAfterItsTimeAndNotBefore) {
  Line line = connect(node);
  const TimePoint before = Clock::now();
  reactor.refresh_now();

  pool.put(std::move(line.connection), {.idle_per_node = 8, .idle_time = milliseconds{50}});

  ASSERT_TRUE(idle_becomes(0));
  EXPECT_GE(Clock::now() - before, milliseconds{50});
  EXPECT_TRUE(is_closed(line.node_end));
}

TEST_F(UpstreamPoolTest, ATimeThatPassesWhileItIsLeasedDoesNotCount) {
  Line line = connect(node);
  pool.put(std::move(line.connection), {.idle_per_node = 8, .idle_time = milliseconds{30}});
  auto leased = pool.take(*node);
  ASSERT_NE(leased, nullptr);

  pass(milliseconds{100});
  pool.put(std::move(leased), kLong);
  pass(milliseconds{50});

  EXPECT_EQ(pool.idle(), 1U);
}

TEST_F(UpstreamPoolTest, ALongerTimeThanBeforeIsGranted) {
  Line line = connect(node);
  pool.put(std::move(line.connection), {.idle_per_node = 8, .idle_time = milliseconds{30}});

  pool.put(pool.take(*node), kLong);
  pass(milliseconds{100});

  EXPECT_EQ(pool.idle(), 1U);
}

TEST_F(UpstreamPoolTest, AShorterTimeThanBeforeIsKept) {
  Line line = connect(node);
  pool.put(std::move(line.connection), kLong);

  pool.put(pool.take(*node), {.idle_per_node = 8, .idle_time = milliseconds{30}});

  EXPECT_TRUE(idle_becomes(0));
}

TEST_F(UpstreamPoolTest, ALeasedConnectionIsNotThePoolsToClose) {
  Line line = connect(node);
  pool.put(std::move(line.connection), kLong);
  const auto leased = pool.take(*node);

  line.node_end.send("response");

  ASSERT_TRUE(becomes(leased->socket, kReadable));
  EXPECT_TRUE(leased->socket.is_open());
}

TEST_F(UpstreamPoolTest, CloseAllClosesWhatIsIdle) {
  Line here = connect(node);
  Line there = connect(other_node);
  pool.put(std::move(here.connection), kLong);
  pool.put(std::move(there.connection), kLong);

  pool.close_all();

  EXPECT_EQ(pool.idle(), 0U);
  EXPECT_TRUE(is_closed(here.node_end));
  EXPECT_TRUE(is_closed(there.node_end));
  EXPECT_EQ(pool.take(*node), nullptr);
}

TEST_F(UpstreamPoolTest, ANodeKeepsItsPlaceWhileItsConnectionIsLeased) {
  Line line = connect(node);
  pool.put(std::move(line.connection), kLong);

  const auto leased = pool.take(*node);

  EXPECT_EQ(pool.nodes(), 1U);
}

TEST_F(UpstreamPoolTest, NodesWithoutAnIdleConnectionCanBeForgotten) {
  Line here = connect(node);
  Line there = connect(other_node);
  pool.put(std::move(here.connection), kLong);
  pool.put(std::move(there.connection), kLong);
  auto leased = pool.take(*node);

  pool.forget_unused_nodes();

  EXPECT_EQ(pool.nodes(), 1U);
  EXPECT_EQ(pool.take(*node), nullptr);
  EXPECT_NE(pool.take(*other_node), nullptr);
  pool.put(std::move(leased), kLong);
  EXPECT_NE(pool.take(*node), nullptr) << "it is found again";
}

TEST_F(UpstreamPoolTest, AConnectionThatIsNotKeptLeavesNoPlaceBehind) {
  Line spent = connect(node);
  spent.node_end.end();
  ASSERT_TRUE(becomes(spent.connection->socket, kPeerClosed));
  pool.put(std::move(spent.connection), kLong);
  Line surplus = connect(node);
  pool.put(std::move(surplus.connection), {.idle_per_node = 0, .idle_time = hours{1}});

  EXPECT_EQ(pool.nodes(), 0U);
}

TEST_F(UpstreamPoolTest, APoolOutlivesTheTablesThatNamedItsNodes) {
  Line line = connect(node);
  pool.put(std::move(line.connection), kLong);
  const NodeHealth& health = *node;

  node.reset();

  EXPECT_NE(pool.take(health), nullptr) << "the connection holds its node's record";
}

}  // namespace
}  // namespace pushgate::agent
