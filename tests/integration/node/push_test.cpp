// push_test.cpp - events to users: acknowledged, late, or kept until they come.

#include <future>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "pushgate/node/nodes.hpp"

#include "support/patience.hpp"
#include "support/websocket_client.hpp"

namespace pushgate::test {
namespace {

using node::PushReport;
using node::PushStatus;
using std::chrono::milliseconds;

NodesSetup with_mailbox() {
  return {.node = R"("mailbox":{"enabled":true},"events":[])", .count = 2, .threads = 2};
}

class PushTest : public ::testing::Test {
 protected:
  SocketIoClient connect(std::string_view uid, std::size_t node = 0) const {
    return SocketIoClient(nodes, node, {}, "X-Pushgate-Uid: " + std::string{uid} + "\r\n");
  }
  std::future<PushReport> push(node::PushRequest request) {
    auto promise = std::make_shared<std::promise<PushReport>>();
    id = nodes.nodes().push().push(std::move(request), [promise](PushReport report) {
      promise->set_value(std::move(report));
    });
    return promise->get_future();
  }
  std::future<PushReport> push(std::string uid, std::string data,
                               milliseconds timeout = milliseconds{0}) {
    return push({.uids = {std::move(uid)}, .data = std::move(data), .ack_timeout = timeout});
  }
  static PushReport wait(std::future<PushReport> report) {
    if (report.wait_for(kPatience) != std::future_status::ready) throw StreamError("no report");
    return report.get();
  }
  std::optional<PushReport> status(const std::string& message) {
    std::promise<std::optional<PushReport>> promise;
    nodes.nodes().push().status(message, [&promise](std::optional<PushReport> report) {
      promise.set_value(std::move(report));
    });
    return promise.get_future().get();
  }
  /// Reads an event with an ack id and acknowledges it.
  static void acknowledge(SocketIoClient& client, const std::string& data) {
    const std::string packet = client.text();
    ASSERT_TRUE(packet.starts_with("42")) << packet;
    const std::size_t begin = packet.find('[');
    EXPECT_EQ(packet.substr(begin), data);
    client.send_text("43" + packet.substr(2, begin - 2) + R"([{"code":200}])");
  }

  NodesUnderTest nodes{with_mailbox()};
  std::string id;
};

TEST_F(PushTest, EveryDeviceOnEveryNodeGetsItAndAcknowledges) {
  SocketIoClient phone = connect("ann");
  SocketIoClient laptop = connect("ann", 1);
  SocketIoClient other = connect("bob");

  std::future<PushReport> report = push("ann", R"(["hi",1])");
  acknowledge(phone, R"(["hi",1])");
  acknowledge(laptop, R"(["hi",1])");

  const PushReport done = wait(std::move(report));
  EXPECT_EQ(done.message_id, id);
  ASSERT_EQ(done.users.size(), 1u);
  EXPECT_EQ(done.users.at(0), (PushStatus{"ann", 2, 2, 0, false}));
  EXPECT_EQ(status(id), done);
  EXPECT_FALSE(other.stream().has_something());
}

TEST_F(PushTest, WhoIsAwayFindsItInOrderUntilItIsAcknowledged) {
  EXPECT_EQ(wait(push("ann", R"(["hi",1])")).users.at(0), (PushStatus{"ann", 0, 0, 0, true}));
  const std::string first = id;
  EXPECT_TRUE(wait(push("ann", R"(["hi",2])")).users.at(0).stored);
  // Nobody is looked for any more who might have come in between.
  EXPECT_TRUE(eventually([&] { return nodes.nodes().push().metrics().pending.value() == 0; }));
  {
    SocketIoClient careless = connect("ann", 1);
    EXPECT_NE(careless.text().find(R"(["hi",1])"), std::string::npos);
  }
  SocketIoClient client = connect("ann");

  acknowledge(client, R"(["hi",1])");
  acknowledge(client, R"(["hi",2])");

  EXPECT_TRUE(nodes.metric_becomes("mail_acknowledged_total", 2));
  EXPECT_TRUE(eventually([&] { return status(first)->users.at(0).acknowledged == 1; }));
  SocketIoClient later = connect("ann");
  std::future<PushReport> report = push("ann", R"(["hi",3])");
  acknowledge(later, R"(["hi",3])");  // and nothing before it
  acknowledge(client, R"(["hi",3])");
  EXPECT_EQ(wait(std::move(report)).users.at(0).acknowledged, 2u);
}

TEST_F(PushTest, ADeviceThatDoesNotAnswerIsReportedAndTheMessageKept) {
  SocketIoClient silent = connect("ann");
  const PushReport report = wait(push("ann", R"(["hi",1])", milliseconds{1}));
  EXPECT_EQ(report.users.at(0), (PushStatus{"ann", 1, 0, 1, true}));
}

TEST_F(PushTest, WithoutATimeInTheMailboxNothingIsKept) {
  const PushReport report = wait(
      push({.uids = {"ann", "ann", "bob"}, .data = R"(["hi"])", .mailbox_ttl = milliseconds{0}}));
  ASSERT_EQ(report.users.size(), 2u);
  EXPECT_FALSE(report.users.at(0).stored);
  EXPECT_FALSE(status("aaaaaaaaaaaaaaaaaaaa").has_value());
}

TEST_F(PushTest, NobodyToPushToIsAnsweredToo) {
  EXPECT_TRUE(wait(push({.data = R"(["hi"])"})).users.empty());
}

}  // namespace
}  // namespace pushgate::test
