// small_parts_test.cpp - request ids, places per client address, protected names, keys that need a
// restart.

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "pushgate/agent/session/agent_snapshot.hpp"
#include "pushgate/agent/session/client_limiter.hpp"

#include "agent/restart_keys.hpp"
#include "agent/session/request_id.hpp"

namespace pushgate::agent {
namespace {

TEST(RequestIds, AreSixteenHexadecimalDigits) {
  EXPECT_EQ(RequestId{0x0123456789abcdefull}.text(), "0123456789abcdef");
  EXPECT_EQ(RequestId{}.text(), "0000000000000000");
}

TEST(RequestIds, FollowSplitmix64) {
  // The first outputs for seed 1234567, as published with the reference implementation's tests.
  RequestIdSource source{1234567};
  EXPECT_EQ(source.next_number(), 6457827717110365317ull);
  EXPECT_EQ(source.next_number(), 3203168211198807973ull);
  EXPECT_EQ(source.next_number(), 9817491932198370423ull);
}

TEST(RequestIds, DoNotRepeat) {
  RequestIdSource source;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(seen.insert(source.next_number()).second);
}

TEST(RequestIds, BeginSomewhereElseInEverySource) {
  RequestIdSource one;
  RequestIdSource two;
  EXPECT_NE(one.next_number(), two.next_number());
}

class Limiter : public testing::Test {
 protected:
  bool admit(const char* address, ClientSlot& slot, std::uint64_t limit = 2) {
    return limiter.admit(IpAddress::parse(address).value(), limit, slot);
  }
  ClientLimiter limiter;
};

TEST_F(Limiter, AdmitsUpToTheLimit) {
  ClientSlot slots[3];
  EXPECT_TRUE(admit("10.0.0.1", slots[0]));
  EXPECT_TRUE(admit("10.0.0.1", slots[1]));
  EXPECT_FALSE(admit("10.0.0.1", slots[2]));
}

TEST_F(Limiter, CountsEachAddressByItself) {
  ClientSlot slots[3];
  EXPECT_TRUE(admit("10.0.0.1", slots[0], 1));
  EXPECT_TRUE(admit("10.0.0.2", slots[1], 1));
  EXPECT_TRUE(admit("::1", slots[2], 1));
}

TEST_F(Limiter, CountsAMappedAddressAsWhatItMeans) {
  ClientSlot slots[2];
  EXPECT_TRUE(admit("10.0.0.1", slots[0], 1));
  EXPECT_FALSE(admit("::ffff:10.0.0.1", slots[1], 1));
}

TEST_F(Limiter, AdmitsAgainWhenASlotIsGone) {
  ClientSlot kept;
  {
    ClientSlot gone;
    EXPECT_TRUE(admit("10.0.0.1", gone, 1));
  }
  EXPECT_TRUE(admit("10.0.0.1", kept, 1));
}

TEST_F(Limiter, CountsAMovedSlotOnce) {
  ClientSlot first;
  ASSERT_TRUE(admit("10.0.0.1", first, 1));
  ClientSlot moved = std::move(first);
  ClientSlot refused;
  EXPECT_FALSE(admit("10.0.0.1", refused, 1));
  moved = ClientSlot{};
  EXPECT_TRUE(admit("10.0.0.1", refused, 1));
}

TEST_F(Limiter, HasNoLimitAtZero) {
  std::vector<ClientSlot> slots(1000);
  EXPECT_TRUE(
      std::ranges::all_of(slots, [&](ClientSlot& slot) { return admit("10.0.0.1", slot, 0); }));
}

TEST_F(Limiter, NeverAdmitsTooManyFromSeveralThreads) {
  constexpr std::uint64_t kLimit = 100;
  std::vector<std::vector<ClientSlot>> held(4);
  std::vector<std::thread> threads;
  for (std::vector<ClientSlot>& mine : held) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        ClientSlot slot;
        if (admit("10.0.0.1", slot, kLimit)) mine.push_back(std::move(slot));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::size_t total = 0;
  for (const std::vector<ClientSlot>& mine : held) total += mine.size();

  EXPECT_EQ(total, kLimit);
}

class Protected : public testing::Test {
 protected:
  Protected() { names.add("X-Pushgate-Uid"); }
  ProtectedNames names;
};

TEST_F(Protected, NamesAreFoundInAnyCase) {
  EXPECT_TRUE(names.contains("X-Pushgate-Uid"));
  EXPECT_TRUE(names.contains("x-pushgate-uid"));
  EXPECT_TRUE(names.contains("X-PUSHGATE-UID"));
}

TEST_F(Protected, NamesAreFoundInEverySpellingWithUnderscores) {
  EXPECT_TRUE(names.contains("x_pushgate_uid"));
  EXPECT_TRUE(names.contains("X_Pushgate-Uid"));
}

TEST_F(Protected, OtherNamesAreNotFound) {
  EXPECT_FALSE(names.contains("X-Pushgate-Uiz"));
  EXPECT_FALSE(names.contains("X-Pushgate-Ui"));
  EXPECT_FALSE(names.contains("X-Pushgate-Uid2"));
  EXPECT_FALSE(names.contains(""));
  EXPECT_FALSE(ProtectedNames{}.contains("X-Pushgate-Uid"));
}

TEST_F(Protected, NamesBeyondSixtyThreeBytesAreFoundToo) {
  const std::string name(200, 'n');
  names.add(name);
  EXPECT_TRUE(names.contains(name));
  EXPECT_FALSE(names.contains(std::string(199, 'n')));
}

using Keys = std::vector<std::string>;

TEST(RestartKeys, AreNoneForEqualConfigurations) {
  EXPECT_EQ(keys_that_need_restart({}, {}), Keys{});
}

TEST(RestartKeys, AreNoneForWhatIsTakenOver) {
  config::DaemonConfig changed;
  changed.timeouts.connect = config::milliseconds{1};
  changed.limits.head_fields = 1;
  changed.log.level = "debug";
  changed.identity.uid_header = "X-User";
  EXPECT_EQ(keys_that_need_restart({}, changed), Keys{});
}

TEST(RestartKeys, NameWhatIsOpenedAtStart) {
  config::DaemonConfig changed;
  changed.listeners.front().proxy_protocol = config::ProxyProtocolMode::required;
  changed.agent_workers = 7;
  changed.limits.max_connections = 9;
  EXPECT_EQ(keys_that_need_restart({}, changed),
            (Keys{"listeners", "agentWorkers", "limits.maxConnections"}));
}

}  // namespace
}  // namespace pushgate::agent
