// presence_leases_test.cpp - members whose process has crashed, over a real Redis.

#include "node/presence/presence_leases.hpp"

#include <future>
#include <mutex>

#include <gtest/gtest.h>

#include "support/patience.hpp"
#include "support/redis_server.hpp"
#include "support/temp_folder.hpp"

namespace pushgate::node::test {
namespace {

using pushgate::test::eventually;
using std::chrono::milliseconds;

/// What a process with leases is, without its nodes.
class LeaseHolder {
 public:
  LeaseHolder(const pushgate::test::RedisServer& server, std::string name) {
    PresenceLeases::Options options;
    options.process = std::move(name);
    options.lease = milliseconds{300};
    options.redis.server = server.address();
    options.redis.backoff_min = milliseconds{5};
    options.redis.backoff_max = milliseconds{50};
    const auto note = [this](std::vector<std::string>& list) {
      return [this, &list](const std::string& nsp, const std::string& room,
                           const std::vector<PresenceLeases::Member>& members) {
        const std::lock_guard lock{mutex_};
        for (const auto& member : members) {
          list.push_back(nsp + " " + room + " " + member.socket + " " + member.uid);
        }
      };
    };
    leases_ = PresenceLeases::make(
                  threads_[0], std::move(options),
                  {[](std::string_view room) { return room != "quiet"; }, note(gone_), note(back_)},
                  *log_, metrics_)
                  .value();
    observer_ = leases_->make_observer("node");
    leases_->start();
    threads_.start();
  }
  ~LeaseHolder() { crash(); }

  void join(std::string_view socket, std::string_view room, std::string_view uid) {
    observer_->on_join({.nsp = "/", .id = socket, .uid = uid}, room);
  }
  void leave(std::string_view socket, std::string_view room) {
    observer_->on_leave({.nsp = "/", .id = socket}, room);
  }
  void stop() {
    std::promise<void> done;
    leases_->stop([&done] { done.set_value(); });
    done.get_future().wait();
  }
  /// Nothing more is heard of it.
  void crash() { threads_.stop(); }
  std::vector<std::string> gone() const { return copy(gone_); }
  std::vector<std::string> back() const { return copy(back_); }

 private:
  std::vector<std::string> copy(const std::vector<std::string>& list) const {
    const std::lock_guard lock{mutex_};
    return list;
  }

  pushgate::test::TempFolder folder_;
  std::unique_ptr<runtime::Log> log_ = runtime::Log::open({.file = folder_.file("log")}).value();
  redis::RedisMetrics metrics_;
  mutable std::mutex mutex_;
  std::vector<std::string> gone_;
  std::vector<std::string> back_;
  runtime::IoThreads threads_{1, [](std::string_view) { std::abort(); }};
  std::unique_ptr<PresenceLeases> leases_;
  std::unique_ptr<EventObserver> observer_;
};

constexpr std::string_view kMembersOfA = "socket.io-presence:{a}:members";

bool has_members(const pushgate::test::RedisServer& server, std::string_view key, int count) {
  return eventually([&] { return server.command({"HLEN", key}).integer == count; });
}
bool is_registered(const pushgate::test::RedisServer& server, std::string_view process) {
  return eventually([&] {
    return server.command({"SISMEMBER", "socket.io-presence:processes", process}).integer == 1;
  });
}

TEST(PresenceLeases, TheRoomsOfACrashedProcessAreToldOnce) {
  const pushgate::test::RedisServer server;
  LeaseHolder b(server, "b");
  LeaseHolder c(server, "c");
  {
    LeaseHolder a(server, "a");
    a.join("s1", "lobby", "alice");
    a.join("s2", "lobby", "");
    a.join("s3", "lobby", "bob");
    a.join("s4", "quiet", "carol");
    a.leave("s3", "lobby");
    ASSERT_TRUE(has_members(server, kMembersOfA, 2));
    ASSERT_TRUE(is_registered(server, "a"));
    a.crash();
  }

  EXPECT_TRUE(eventually([&] { return b.gone().size() + c.gone().size() == 2; }));
  const std::vector<std::string> told = b.gone().empty() ? c.gone() : b.gone();
  EXPECT_EQ(told, (std::vector<std::string>{"/ lobby s1 alice", "/ lobby s2 "}));
  EXPECT_TRUE(has_members(server, kMembersOfA, 0));
  EXPECT_EQ(server.command({"SISMEMBER", "socket.io-presence:processes", "a"}).integer, 0);
}

TEST(PresenceLeases, AProcessThatEndsLeavesNothingBehind) {
  const pushgate::test::RedisServer server;
  LeaseHolder a(server, "a");
  a.join("s1", "lobby", "alice");
  ASSERT_TRUE(has_members(server, kMembersOfA, 1));
  ASSERT_TRUE(is_registered(server, "a"));

  a.stop();

  EXPECT_EQ(server.command({"KEYS", "socket.io-presence:*"}).elements.size(), 0u);
}

TEST(PresenceLeases, ALeaseIsRenewedAsLongAsItsProcessLives) {
  const pushgate::test::RedisServer server;
  LeaseHolder a(server, "a");
  const LeaseHolder b(server, "b");
  a.join("s1", "lobby", "alice");
  ASSERT_TRUE(is_registered(server, "a"));

  // Several leases later, seen by a clock that is not the test's: Redis counts the renewals.
  EXPECT_TRUE(eventually([&] {
    const std::string stats = server.command({"INFO", "commandstats"}).text;
    const std::size_t at = stats.find("cmdstat_set:calls=");
    return at != stats.npos && std::stoi(stats.substr(at + 18)) > 12;
  }));
  EXPECT_TRUE(b.gone().empty());
  EXPECT_TRUE(a.back().empty());
}

TEST(PresenceLeases, WhoWasTakenForDeadComesBack) {
  const pushgate::test::RedisServer server;
  LeaseHolder a(server, "a");
  a.join("s1", "lobby", "alice");
  ASSERT_TRUE(is_registered(server, "a"));

  server.command({"SREM", "socket.io-presence:processes", "a"});
  server.command({"DEL", kMembersOfA});

  EXPECT_TRUE(eventually([&] { return !a.back().empty(); }));
  EXPECT_EQ(a.back().front(), "/ lobby s1 alice");
  EXPECT_TRUE(has_members(server, kMembersOfA, 1));
}

TEST(PresenceLeases, MembersAreWrittenAnewWhenRedisComesBackEmpty) {
  pushgate::test::RedisServer server;
  LeaseHolder a(server, "a");
  a.join("s1", "lobby", "alice");
  ASSERT_TRUE(has_members(server, kMembersOfA, 1));

  server.kill();
  a.join("s2", "lobby", "bob");
  server.start();

  EXPECT_TRUE(has_members(server, kMembersOfA, 2));
}

}  // namespace
}  // namespace pushgate::node::test
