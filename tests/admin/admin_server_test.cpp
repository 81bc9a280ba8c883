// admin_server_test.cpp - the admin listener over real sockets, TCP and unix.

#include "pushgate/admin/admin_server.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pushgate/base/clock.hpp"
#include "pushgate/base/unique_fd.hpp"

#include "support/temp_folder.hpp"

namespace pushgate::admin {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A blocking socket's view of the server: the io_context runs while a test waits.
class Client {
 public:
  explicit Client(const Endpoint& to) : fd_(::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage address{};
    const socklen_t length = to.to_sockaddr(address);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), length) == 0;
    ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
  }
  bool connected() const { return connected_; }
  void send(std::string_view text) {
    EXPECT_EQ(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  /// Reads what is there; true once the peer has closed.
  bool poll_closed() {
    char chunk[4096];
    ssize_t n = 0;
    while ((n = ::recv(fd_.get(), chunk, sizeof chunk, 0)) > 0) {
      received_.append(chunk, static_cast<std::size_t>(n));
    }
    return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
  }
  const std::string& received() const { return received_; }

 private:
  UniqueFd fd_;
  bool connected_ = false;
  std::string received_;
};

class AdminServerTest : public ::testing::Test {
 protected:
  AdminServerTest() {
    runtime::LogSettings settings;
    settings.file = folder.file("log");
    log = runtime::Log::open(settings).value();
  }
  ~AdminServerTest() override {
    server.reset();
    log.reset();
  }

  void listen(const std::string& at) {
    AdminPages pages;
    pages.readiness = [this] { return ready; };
    pages.metrics = [] { return std::string{"pushgate_up 1\n"}; };
    server = AdminServer::open(io, Endpoint::parse(at).value(), std::move(pages), *log).value();
  }

  template <class Condition>
  bool run_until(Condition condition) {
    const TimePoint deadline = Clock::now() + std::chrono::seconds{5};
    while (!condition()) {
      if (Clock::now() > deadline) return false;
      io.restart();
      io.run_for(milliseconds{5});
    }
    return true;
  }

  /// One request on a connection of its own, and everything that comes back.
  std::string ask(std::string_view request) {
    Client client{server->bound()};
    client.send(request);
    EXPECT_TRUE(run_until([&] { return client.poll_closed(); })) << client.received();
    return client.received();
  }

  Readiness ready{true, ""};
  const test::TempFolder folder;
  asio::io_context io{1};
  std::unique_ptr<runtime::Log> log;
  std::unique_ptr<AdminServer> server;
};

constexpr std::string_view kGetReady =
    "GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

TEST_F(AdminServerTest, PortZeroIsAnsweredWithTheRealPort) {
  listen("127.0.0.1:0");

  EXPECT_NE(server->bound().port(), 0);
  EXPECT_THAT(ask(kGetReady), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(AdminServerTest, ReadinessChangesWhileRunning) {
  listen("127.0.0.1:0");
  ASSERT_THAT(ask(kGetReady), StartsWith("HTTP/1.1 200 "));

  ready = {false, "draining"};

  EXPECT_THAT(ask(kGetReady), StartsWith("HTTP/1.1 503 "));
}

TEST_F(AdminServerTest, AConnectionIsKeptForFurtherRequests) {
  listen("127.0.0.1:0");

  const std::string both =
      ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
          "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(both, HasSubstr("\r\n\r\nok\nHTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(both, EndsWith("pushgate_up 1\n"));
}

TEST_F(AdminServerTest, HeadIsAnsweredWithoutABody) {
  listen("127.0.0.1:0");

  const std::string response =
      ask("HEAD /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(response, HasSubstr("Content-Length: 14\r\n"));
  EXPECT_THAT(response, EndsWith("\r\n\r\n"));
}

TEST_F(AdminServerTest, AnotherMethodIsToldWhatIsAllowed) {
  listen("127.0.0.1:0");

  const std::string response =
      ask("DELETE /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(response, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(response, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST_F(AdminServerTest, EveryAnswerCarriesTheSecurityHeaders) {
  listen("127.0.0.1:0");

  const std::string response = ask("GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(response, StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(response, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(response, HasSubstr("Content-Security-Policy: default-src 'none'"));
  EXPECT_THAT(response, HasSubstr("Cache-Control: no-store\r\n"));
}

TEST_F(AdminServerTest, ARequestBodyIsRefusedAndTheConnectionClosed) {
  listen("127.0.0.1:0");

  EXPECT_THAT(ask("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(ask("GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "5\r\nhello\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(AdminServerTest, AHeadBeyondTheLimitIsRefused) {
  listen("127.0.0.1:0");

  EXPECT_THAT(
      ask("GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " + std::string(9'000, 'x') + "\r\n\r\n"),
      StartsWith("HTTP/1.1 431 "));
}

TEST_F(AdminServerTest, WhatIsNotHttpIsAnsweredWith400) {
  listen("127.0.0.1:0");

  EXPECT_THAT(ask("\x16\x03\x01 hello\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(AdminServerTest, ARequestWithoutOneHostIsRefused) {
  listen("127.0.0.1:0");

  EXPECT_THAT(ask("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask("GET /healthz HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 200 "));
}

TEST_F(AdminServerTest, OneConnectionTooManyIsTurnedAway) {
  listen("127.0.0.1:0");
  std::vector<std::unique_ptr<Client>> idle;
  for (std::size_t i = 0; i < AdminServer::kMaxConnections; ++i) {
    idle.push_back(std::make_unique<Client>(server->bound()));
  }
  ASSERT_TRUE(run_until([&] { return server->connections() == AdminServer::kMaxConnections; }));

  Client late{server->bound()};

  EXPECT_TRUE(run_until([&] { return late.poll_closed(); }));
  EXPECT_THAT(late.received(), StartsWith("HTTP/1.1 503 "));
  idle.pop_back();
  EXPECT_TRUE(run_until([&] { return server->connections() < AdminServer::kMaxConnections; }));
  EXPECT_THAT(ask(kGetReady), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, StopEndsIdleConnectionsAndTheListener) {
  listen("127.0.0.1:0");
  const Endpoint bound = server->bound();
  Client idle{bound};
  ASSERT_TRUE(run_until([&] { return server->connections() == 1; }));

  bool stopped = false;
  asio::co_spawn(io, server->stop(), [&](const std::exception_ptr&) { stopped = true; });

  EXPECT_TRUE(run_until([&] { return stopped; }));
  EXPECT_TRUE(run_until([&] { return idle.poll_closed(); }));
  EXPECT_FALSE(Client{bound}.connected());
}

TEST_F(AdminServerTest, DestructionEndsIdleConnectionsToo) {
  listen("127.0.0.1:0");
  Client idle{server->bound()};
  ASSERT_TRUE(run_until([&] { return server->connections() == 1; }));

  server.reset();

  EXPECT_TRUE(run_until([&] { return idle.poll_closed(); }));
}

TEST_F(AdminServerTest, ARequestThatComesTooLateReachesNoPage) {
  listen("127.0.0.1:0");
  Client client{server->bound()};
  ASSERT_TRUE(run_until([&] { return server->connections() == 1; }));
  client.send(kGetReady);

  server.reset();

  EXPECT_TRUE(run_until([&] { return client.poll_closed(); }));
  EXPECT_EQ(client.received(), "");
}

TEST_F(AdminServerTest, AUnixSocketIsForItsOwnerOnly) {
  listen("unix:" + folder.file("admin.sock"));

  struct stat status {};
  ASSERT_EQ(::lstat(folder.file("admin.sock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_THAT(ask(kGetReady), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, AUnixSocketFileGoesWithItsServer) {
  listen("unix:" + folder.file("admin.sock"));

  server.reset();

  EXPECT_FALSE(std::filesystem::exists(folder.file("admin.sock")));
}

TEST_F(AdminServerTest, AStaleSocketFileIsReplaced) {
  const std::string path = folder.file("admin.sock");
  {
    const UniqueFd dead{::socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_storage address{};
    const socklen_t length = Endpoint::unix_path(path).to_sockaddr(address);
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path));

  listen("unix:" + path);

  EXPECT_THAT(ask(kGetReady), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, ASocketInUseIsLeftAlone) {
  const std::string at = "unix:" + folder.file("admin.sock");
  listen(at);

  const auto second = AdminServer::open(io, Endpoint::parse(at).value(), AdminPages{}, *log);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), boost::system::errc::address_in_use);
  EXPECT_THAT(ask(kGetReady), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, AFileThatIsNoSocketIsLeftAlone) {
  const std::string path = folder.write("precious", "text");

  const auto refused = AdminServer::open(io, Endpoint::unix_path(path), AdminPages{}, *log);

  EXPECT_FALSE(refused);
  EXPECT_EQ(std::filesystem::file_size(path), 4U);
}

TEST_F(AdminServerTest, TheFileOfASuccessorIsNotRemoved) {
  const std::string path = folder.file("admin.sock");
  listen("unix:" + path);
  std::filesystem::remove(path);
  folder.write("admin.sock", "the successor's");

  server.reset();

  EXPECT_TRUE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace pushgate::admin
