// socket_test.cpp - what reads and writes answer, and which readiness they leave behind.

#include "pushgate/net/socket.hpp"

#include <cerrno>
#include <string>

#include <netinet/tcp.h>

#include "net/net_fixture.hpp"

namespace pushgate::net {
namespace {

using runtime::kPeerClosed;
using runtime::kReadable;
using runtime::kWritable;

class SocketTest : public NetFixture {
 protected:
  SocketTest() {
    Connection connection = connect_tcp();
    socket = attach(std::move(connection.ours));
    peer = std::move(connection.peer);
  }
  bool is_readable() const { return (socket.channel().ready & kReadable) != 0; }
  IoResult read(std::size_t size = 64) { return socket.read(block, size); }

  Socket socket;
  Wire peer;
  char block[64] = {};
};

TEST_F(SocketTest, AShortReadReturnsWhatIsThereAndWaitsForTheNextEvent) {
  peer.send("hello");
  ASSERT_TRUE(becomes(socket, kReadable));

  const IoResult got = read();

  EXPECT_EQ(got.status, IoStatus::ok);
  EXPECT_EQ(std::string_view(block, got.bytes), "hello");
  EXPECT_FALSE(is_readable());
}

TEST_F(SocketTest, AReadThatFillsTheBufferLeavesTheSocketReadable) {
  peer.send("hello");
  ASSERT_TRUE(becomes(socket, kReadable));

  const IoResult got = read(5);

  EXPECT_EQ(got.bytes, 5U);
  EXPECT_TRUE(is_readable());
}

TEST_F(SocketTest, AReadWithNothingThereWouldBlockAndClearsReadiness) {
  peer.send("hello");
  ASSERT_TRUE(becomes(socket, kReadable));
  read(5);

  const IoResult got = read();

  EXPECT_EQ(got.status, IoStatus::would_block);
  EXPECT_FALSE(is_readable());
}

TEST_F(SocketTest, DataThatComesAfterAShortReadIsAnnouncedAgain) {
  peer.send("one");
  ASSERT_TRUE(becomes(socket, kReadable));
  read();

  peer.send("two");

  ASSERT_TRUE(becomes(socket, kReadable));
  EXPECT_EQ(read().bytes, 3U);
}

TEST_F(SocketTest, TheEndOfTheStreamBehindDataIsNotForgotten) {
  peer.send("bye");
  peer.end();
  ASSERT_TRUE(becomes(socket, kReadable | kPeerClosed));

  EXPECT_EQ(read().bytes, 3U);

  EXPECT_TRUE(is_readable()) << "the end brings no event of its own";
  EXPECT_EQ(read().status, IoStatus::end);
}

TEST_F(SocketTest, AResetIsAFailureWithItsError) {
  peer.reset();
  ASSERT_TRUE(becomes(socket, kReadable));

  const IoResult got = read();

  EXPECT_EQ(got.status, IoStatus::failed);
  EXPECT_EQ(got.error, ECONNRESET);
}

TEST_F(SocketTest, WritesArriveAndTwoPiecesInTheirOrder) {
  EXPECT_EQ(socket.write("a").bytes, 1U);
  EXPECT_EQ(socket.write("bc", "def").bytes, 5U);
  EXPECT_EQ(socket.write("", "g").bytes, 1U);
  EXPECT_EQ(socket.write("h", "").bytes, 1U);

  EXPECT_TRUE(run_until([&] { return peer.collect() == "abcdefgh"; }));
}

TEST_F(SocketTest, AShortWriteWatchesOutputFromThenOn) {
  EXPECT_FALSE(socket.channel().watches_output);
  const std::string block_of_output(16 * 1024 * 1024, 'x');

  const IoResult first = socket.write(block_of_output);
  const IoResult second = socket.write(block_of_output);

  EXPECT_EQ(first.status, IoStatus::ok);
  EXPECT_LT(first.bytes, block_of_output.size());
  EXPECT_EQ(second.status, IoStatus::would_block);
  EXPECT_TRUE(socket.channel().watches_output);
  EXPECT_FALSE(socket.channel().ready & kWritable);
}

TEST_F(SocketTest, OutputIsAnnouncedOnceThePeerHasTakenSome) {
  const std::string block_of_output(16 * 1024 * 1024, 'x');
  const std::size_t sent = socket.write(block_of_output).bytes;
  ASSERT_LT(sent, block_of_output.size());

  EXPECT_TRUE(run_until([&] {
    peer.collect();
    return (socket.channel().ready & kWritable) != 0;
  }));

  EXPECT_EQ(socket.write("y").status, IoStatus::ok);
}

TEST_F(SocketTest, AWriteToABrokenConnectionFailsWithoutASignal) {
  peer.reset();
  ASSERT_TRUE(becomes(socket, kReadable));
  read();  // takes the ECONNRESET

  const IoResult one_piece = socket.write("x");
  const IoResult two_pieces = socket.write("x", "y");

  EXPECT_EQ(one_piece.status, IoStatus::failed);
  EXPECT_EQ(one_piece.error, EPIPE);
  EXPECT_EQ(two_pieces.status, IoStatus::failed);
}

TEST_F(SocketTest, AfterShutdownThePeerSeesTheEndAndCanStillTalk) {
  socket.shutdown_write();

  EXPECT_TRUE(run_until([&] { return peer.has_ended(); }));
  peer.send("late");
  ASSERT_TRUE(becomes(socket, kReadable));
  EXPECT_EQ(read().bytes, 4U);
}

TEST_F(SocketTest, CloseEndsTheStream) {
  socket.close();

  EXPECT_FALSE(socket.is_open());
  EXPECT_TRUE(run_until([&] { return peer.has_ended(); }));
  EXPECT_FALSE(peer.was_reset());
}

TEST_F(SocketTest, ResetOnCloseMakesItAReset) {
  socket.reset_on_close();

  socket.close();

  EXPECT_TRUE(run_until([&] { return peer.was_reset(); }));
}

TEST_F(SocketTest, MovingKeepsTheRegistration) {
  runtime::Channel* const channel = &socket.channel();

  Socket moved = std::move(socket);
  peer.send("x");

  EXPECT_EQ(&moved.channel(), channel);
  EXPECT_TRUE(becomes(moved, kReadable));
}

TEST_F(SocketTest, MovingOntoASocketClosesThatOne) {
  Connection other = connect_tcp();
  Socket replaced = attach(std::move(other.ours));

  replaced = std::move(socket);

  EXPECT_TRUE(run_until([&] { return other.peer.has_ended(); }));
  EXPECT_EQ(replaced.write("x").status, IoStatus::ok);
  EXPECT_TRUE(run_until([&] { return peer.collect() == "x"; }));
}

TEST_F(SocketTest, ADescriptorThatIsNotOneCannotBeAttached) {
  const Result<Socket> attached = Socket::attach(reactor, UniqueFd{}, &nobody);

  ASSERT_TRUE(attached.has_error());
  EXPECT_EQ(attached.error().value(), EBADF);
}

TEST_F(SocketTest, TheFirstWriteAfterARefusedConnectSaysWhy) {
  const UniqueFd bound{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_storage address{};
  const Endpoint any_port = Endpoint::parse("127.0.0.1:0").value();
  socklen_t length = any_port.to_sockaddr(address);
  ASSERT_EQ(::bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
  ASSERT_EQ(::getsockname(bound.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);

  Socket refused = attach(begin_connect(Endpoint::from_sockaddr(address, length)).value());

  ASSERT_TRUE(becomes(refused, runtime::kBroken));
  const IoResult wrote = refused.write("x");
  EXPECT_EQ(wrote.status, IoStatus::failed);
  EXPECT_EQ(wrote.error, ECONNREFUSED);
}

TEST_F(SocketTest, AConnectThatFailsAtOnceIsReturned) {
  const Result<UniqueFd> fd = begin_connect(Endpoint::unix_path("/nonexistent/pushgate.sock"));

  ASSERT_TRUE(fd.has_error());
  EXPECT_EQ(fd.error().value(), ENOENT);
}

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  EXPECT_EQ(::getsockopt(fd, level, name, &value, &length), 0);
  return value;
}

TEST_F(SocketTest, KeepaliveIsWhatWasAskedFor) {
  set_keepalive(socket.fd(),
                {.idle_seconds = 7, .interval_seconds = 3, .probes = 2, .user_timeout_ms = 9000});

  EXPECT_EQ(option(socket.fd(), SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(socket.fd(), IPPROTO_TCP, TCP_KEEPIDLE), 7);
  EXPECT_EQ(option(socket.fd(), IPPROTO_TCP, TCP_KEEPINTVL), 3);
  EXPECT_EQ(option(socket.fd(), IPPROTO_TCP, TCP_KEEPCNT), 2);
  EXPECT_EQ(option(socket.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT), 9000);
}

}  // namespace
}  // namespace pushgate::net
