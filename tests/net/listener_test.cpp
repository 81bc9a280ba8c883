// listener_test.cpp - connections are accepted with the options of their listener, and running out
// of descriptors is survived.

#include "pushgate/net/listener.hpp"

#include <cerrno>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <netinet/tcp.h>

#include "net/net_fixture.hpp"
#include "support/temp_folder.hpp"

namespace pushgate::net {
namespace {

class ListenerTest : public NetFixture {
 protected:
  std::unique_ptr<Listener> listen(UniqueFd fd) {
    auto listener = std::make_unique<Listener>(
        reactor, std::move(fd),
        Listener::Events{.accepted =
                             [this](UniqueFd socket, const Endpoint& peer) {
                               accepted.push_back(std::move(socket));
                               peers.push_back(peer);
                             },
                         .failed =
                             [this](ErrorCode error) {
                               failures.push_back(error);
                               if (on_failure) on_failure();
                             }});
    EXPECT_FALSE(listener->start());
    return listener;
  }
  static UniqueFd unconnected(const Endpoint& to) {
    return UniqueFd{::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)};
  }
  static int connect_with(int fd, const Endpoint& to) {
    sockaddr_storage address{};
    const socklen_t length = to.to_sockaddr(address);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0 ? 0 : errno;
  }
  UniqueFd connect_to(const Endpoint& to) {
    UniqueFd fd = unconnected(to);
    EXPECT_EQ(connect_with(fd.get(), to), 0);
    return fd;
  }
  bool accepts(std::size_t count) {
    return run_until([&] { return accepted.size() >= count; });
  }

  const Endpoint any_port = Endpoint::parse("127.0.0.1:0").value();
  const test::TempFolder folder;
  std::vector<UniqueFd> accepted;
  std::vector<Endpoint> peers;
  std::vector<ErrorCode> failures;
  std::function<void()> on_failure;
};

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  EXPECT_EQ(::getsockopt(fd, level, name, &value, &length), 0);
  return value;
}

TEST_F(ListenerTest, AConnectionComesWithItsPeersAddress) {
  UniqueFd fd = open_listener(any_port, false).value();
  const Endpoint bound = bound_endpoint(fd.get());
  const auto listener = listen(std::move(fd));
  EXPECT_NE(bound.port(), 0);

  const UniqueFd client = connect_to(bound);

  ASSERT_TRUE(accepts(1));
  EXPECT_EQ(peers.front(), bound_endpoint(client.get()));
}

TEST_F(ListenerTest, AnAcceptedSocketNeitherBlocksNorSurvivesExec) {
  UniqueFd fd = open_listener(any_port, false).value();
  const Endpoint bound = bound_endpoint(fd.get());
  const auto listener = listen(std::move(fd));
  const UniqueFd client = connect_to(bound);

  ASSERT_TRUE(accepts(1));

  EXPECT_TRUE(::fcntl(accepted.front().get(), F_GETFL) & O_NONBLOCK);
  EXPECT_TRUE(::fcntl(accepted.front().get(), F_GETFD) & FD_CLOEXEC);
}

TEST_F(ListenerTest, AcceptedSocketsInheritTheOptionsOfTheListener) {
  UniqueFd fd = open_listener(any_port, false).value();
  const Endpoint bound = bound_endpoint(fd.get());
  const auto listener = listen(std::move(fd));
  const UniqueFd client = connect_to(bound);

  ASSERT_TRUE(accepts(1));

  const int socket = accepted.front().get();
  const KeepaliveOptions expected;
  EXPECT_EQ(option(socket, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(socket, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(socket, IPPROTO_TCP, TCP_KEEPIDLE), expected.idle_seconds);
  EXPECT_EQ(option(socket, IPPROTO_TCP, TCP_KEEPINTVL), expected.interval_seconds);
  EXPECT_EQ(option(socket, IPPROTO_TCP, TCP_KEEPCNT), expected.probes);
  EXPECT_EQ(option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT), expected.user_timeout_ms);
}

TEST_F(ListenerTest, MoreConnectionsThanOneTurnTakesAreAllAccepted) {
  UniqueFd fd = open_listener(any_port, false).value();
  const Endpoint bound = bound_endpoint(fd.get());
  const auto listener = listen(std::move(fd));
  std::vector<UniqueFd> clients;

  for (int i = 0; i < 100; ++i) clients.push_back(connect_to(bound));

  EXPECT_TRUE(accepts(100));
  EXPECT_EQ(accepted.size(), 100U);
}

TEST_F(ListenerTest, Ipv6IsServedToo) {
  UniqueFd fd = open_listener(Endpoint::parse("[::1]:0").value(), false).value();
  const Endpoint bound = bound_endpoint(fd.get());
  const auto listener = listen(std::move(fd));

  const UniqueFd client = connect_to(bound);

  EXPECT_TRUE(accepts(1));
}

TEST_F(ListenerTest, AUnixSocketIsServedAndAStaleFileOfItReplaced) {
  const Endpoint path = Endpoint::unix_path(folder.file("agent.sock"));
  open_listener(path, false).value().reset();
  ASSERT_TRUE(std::filesystem::exists(path.path())) << "closing leaves the file behind";

  const auto listener = listen(open_listener(path, false).value());
  const UniqueFd client = connect_to(path);

  EXPECT_TRUE(accepts(1));
}

TEST_F(ListenerTest, AFileThatIsNoSocketIsNotRemoved) {
  const Endpoint path = Endpoint::unix_path(folder.write("precious", "text"));

  const Result<UniqueFd> fd = open_listener(path, false);

  ASSERT_TRUE(fd.has_error());
  EXPECT_EQ(fd.error().value(), EADDRINUSE);
  EXPECT_TRUE(std::filesystem::is_regular_file(path.path()));
}

TEST_F(ListenerTest, APortThatIsTakenIsAnError) {
  const UniqueFd first = open_listener(any_port, false).value();

  const Result<UniqueFd> second = open_listener(bound_endpoint(first.get()), false);

  ASSERT_TRUE(second.has_error());
  EXPECT_EQ(second.error().value(), EADDRINUSE);
}

TEST_F(ListenerTest, SharingListenersGetEveryConnectionBetweenThem) {
  UniqueFd first = open_listener(any_port, true).value();
  const Endpoint bound = bound_endpoint(first.get());
  UniqueFd second = open_listener(bound, true).value();
  const auto first_listener = listen(std::move(first));
  const auto second_listener = listen(std::move(second));
  std::vector<UniqueFd> clients;

  for (int i = 0; i < 20; ++i) clients.push_back(connect_to(bound));

  EXPECT_TRUE(accepts(20));
}

TEST_F(ListenerTest, AClosedListenerRefuses) {
  UniqueFd fd = open_listener(any_port, false).value();
  const Endpoint bound = bound_endpoint(fd.get());
  const auto listener = listen(std::move(fd));

  listener->close();

  EXPECT_FALSE(listener->is_open());
  EXPECT_EQ(connect_with(unconnected(bound).get(), bound), ECONNREFUSED);
}

// ---- no descriptors left ----------------------------------------------------------------------

class ExhaustedListenerTest : public ListenerTest {
 protected:
  void SetUp() override {
    UniqueFd fd = open_listener(any_port, false).value();
    bound = bound_endpoint(fd.get());
    listener = listen(std::move(fd));
    clients.push_back(connect_to(bound));
    EXPECT_TRUE(accepts(1));
  }
  /// A connection that finds the process without a descriptor; there are some again afterwards.
  void fail_once() {
    const UniqueFd client = unconnected(bound);
    exhausted.emplace();
    on_failure = [this] { exhausted.reset(); };
    EXPECT_EQ(connect_with(client.get(), bound), 0);
    EXPECT_TRUE(run_until([&] { return !failures.empty(); }));
    EXPECT_TRUE(accepts(accepted.size() + 1)) << "it waited in the kernel's queue";
    on_failure = nullptr;
  }
  /// The same, and there are none until `exhausted` is reset.
  void exhaust() {
    // One whole round first: a sanitizer that meets a type for the first time needs descriptors.
    fail_once();
    failures.clear();
    clients.push_back(unconnected(bound));
    exhausted.emplace();
    EXPECT_EQ(connect_with(clients.back().get(), bound), 0);
    EXPECT_TRUE(run_until([&] { return !failures.empty(); }));
  }

  Endpoint bound;
  std::unique_ptr<Listener> listener;
  std::vector<UniqueFd> clients;
  std::optional<NoMoreDescriptors> exhausted;
};

TEST_F(ExhaustedListenerTest, SaysSoAndGoesOnOnceThereAreDescriptors) {
  fail_once();

  EXPECT_EQ(failures.front().value(), EMFILE);
}

TEST_F(ExhaustedListenerTest, TriesAgainAfterAPauseAndDoesNotSpin) {
  exhaust();
  const TimePoint start = Clock::now();

  ASSERT_TRUE(run_until([&] { return failures.size() >= 4; }));

  // However slow the machine is, no more attempts than pauses.
  const auto pauses = (Clock::now() - start) / std::chrono::milliseconds{100};
  EXPECT_LE(failures.size(), static_cast<std::size_t>(pauses) + 2);
  exhausted.reset();
  EXPECT_TRUE(accepts(3));
}

TEST_F(ExhaustedListenerTest, ClosedDuringThePauseItStaysClosed) {
  exhaust();
  failures.clear();

  listener->close();
  const TimePoint after_the_pause = Clock::now() + std::chrono::milliseconds{200};
  ASSERT_TRUE(run_until([&] { return Clock::now() > after_the_pause; }));

  EXPECT_TRUE(failures.empty());
}

}  // namespace
}  // namespace pushgate::net
