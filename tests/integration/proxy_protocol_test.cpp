// proxy_protocol_test.cpp - listeners behind a balancer: whom they believe about the client's
// address.

#include <string>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

using namespace std::string_literals;

const std::string kV2Signature = "\r\n\r\n\0\r\nQUIT\n"s;
// 203.0.113.9:1000 to 127.0.0.1:6003, as in section 2.2 of the specification.
const std::string kV2Addresses = "\xcb\0\x71\x09\x7f\0\0\x01\x03\xe8\x17\x73"s;

std::string v2(char command, char family, const std::string& block) {
  return kV2Signature + command + family + '\0' + static_cast<char>(block.size()) + block;
}

class ProxyProtocol : public testing::Test {
 protected:
  AgentUnderTest agent_with(const std::string& mode, const std::string& trusted) {
    return AgentUnderTest{
        {.router = one_node(upstream.endpoint()),
         .settings = trusted.empty() ? "" : R"("trustedProxies":[")" + trusted + "\"]",
         .listeners = R"([{"address":"127.0.0.1:0","proxyProtocol":")" + mode + "\"}]"}};
  }

  /// The address that the node is told of a client that begins with these bytes.
  std::string client_address(RawStream& client, const std::string& header) {
    client.send(header + get("/?uid=u"));
    RawStream node = upstream.accept();
    return read_request(node).field("X-Forwarded-For");
  }

  ScriptedUpstream upstream;
};

class RequiredHeader : public ProxyProtocol {
 protected:
  AgentUnderTest agent = agent_with("required", "");
  RawStream client = agent.connect();
};

TEST_F(RequiredHeader, OfVersion1NamesTheClient) {
  EXPECT_EQ(client_address(client, "PROXY TCP4 203.0.113.9 127.0.0.1 1000 6003\r\n"),
            "203.0.113.9");
}

TEST_F(RequiredHeader, OfVersion1MayBeIPv6) {
  EXPECT_EQ(client_address(client, "PROXY TCP6 2001:db8::7 ::1 1000 6003\r\n"), "2001:db8::7");
}

TEST_F(RequiredHeader, OfVersion2NamesTheClient) {
  EXPECT_EQ(client_address(client, v2('\x21', '\x11', kV2Addresses)), "203.0.113.9");
}

TEST_F(RequiredHeader, OfVersion2MayCarryTlvs) {
  const std::string tlvs = "\x04\0\x03xyz\x20\0\0"s;
  EXPECT_EQ(client_address(client, v2('\x21', '\x11', kV2Addresses + tlvs)), "203.0.113.9");
}

TEST_F(RequiredHeader, LocalLeavesTheConnectionsOwnAddress) {
  EXPECT_EQ(client_address(client, v2('\x20', '\x00', "")), "127.0.0.1");
}

TEST_F(RequiredHeader, UnknownLeavesTheConnectionsOwnAddress) {
  EXPECT_EQ(client_address(client, "PROXY UNKNOWN\r\n"), "127.0.0.1");
}

TEST_F(RequiredHeader, MayArriveByteByByte) {
  const std::string bytes = v2('\x21', '\x11', kV2Addresses) + get("/?uid=u");
  for (const char byte : bytes) client.send({&byte, 1});
  RawStream node = upstream.accept();

  EXPECT_EQ(read_request(node).field("X-Forwarded-For"), "203.0.113.9");
}

TEST_F(RequiredHeader, ThatIsMissingClosesWithoutAWord) {
  client.send(get("/?uid=u"));

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(agent.metric_reaches("proxy_header_errors_total", 1));
  EXPECT_FALSE(upstream.has_caller());
}

TEST_F(RequiredHeader, ThatIsMalformedClosesWithoutAWord) {
  client.send("PROXY TCP4 203.0.113.999 127.0.0.1 1000 6003\r\n" + get("/?uid=u"));

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_FALSE(upstream.has_caller());
}

TEST_F(RequiredHeader, IsReadOncePerConnection) {
  client.send("PROXY TCP4 203.0.113.9 127.0.0.1 1000 6003\r\n" + get("/1?uid=u"));
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("one"));
  read_response(client);

  client.send(get("/2?uid=u"));

  EXPECT_EQ(read_request(node).field("X-Forwarded-For"), "203.0.113.9");
}

TEST_F(RequiredHeader, IsNotWaitedForInADrain) {
  ASSERT_TRUE(agent.metric_reaches("connections", 1));

  agent.finish_sessions();

  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(agent.work_ends());
  EXPECT_EQ(agent.metric("proxy_header_errors_total"), 0u);
}

TEST_F(RequiredHeader, OfWhichAPartHasComeIsNotWaitedForInADrain) {
  client.send("PROXY TCP4 203.0.113.9 ");
  ASSERT_TRUE(agent.metric_reaches("connections", 1));

  agent.finish_sessions();

  EXPECT_TRUE(agent.work_ends());
  EXPECT_EQ(agent.metric("proxy_header_errors_total"), 0u);
}

TEST_F(RequiredHeader, WithARequestThatHasComeIsServedInADrain) {
  client.send("PROXY TCP4 203.0.113.9 127.0.0.1 1000 6003\r\n" + get("/?uid=u"));
  ASSERT_TRUE(agent.metric_reaches("connections", 1));

  agent.finish_sessions();
  RawStream node = upstream.accept();
  read_request(node);
  node.send(ok("the last"));

  EXPECT_EQ(read_response(client).field("Connection"), "close");
}

TEST_F(ProxyProtocol, FromATrustedBalancerIsBelieved) {
  AgentUnderTest agent = agent_with("trusted", "127.0.0.1");
  RawStream client = agent.connect();

  EXPECT_EQ(client_address(client, "PROXY TCP4 203.0.113.9 127.0.0.1 1000 6003\r\n"),
            "203.0.113.9");
}

TEST_F(ProxyProtocol, IsNotExpectedOfOthersInTrustedMode) {
  AgentUnderTest agent = agent_with("trusted", "127.0.0.1");
  RawStream client = RawStream::connect_from("127.0.0.2", agent.endpoint());

  EXPECT_EQ(client_address(client, ""), "127.0.0.2");
}

TEST_F(ProxyProtocol, FromOthersIsARequestThatDoesNotParseInTrustedMode) {
  AgentUnderTest agent = agent_with("trusted", "127.0.0.1");
  RawStream client = RawStream::connect_from("127.0.0.2", agent.endpoint());

  EXPECT_EQ(ask(client, "PROXY TCP4 203.0.113.9 127.0.0.1 1000 6003\r\n" + get("/?uid=u")).status(),
            400);
  EXPECT_FALSE(upstream.has_caller());
}

TEST_F(ProxyProtocol, IsARequestThatDoesNotParseWhereItIsOff) {
  AgentUnderTest agent = agent_with("off", "");
  RawStream client = agent.connect();

  EXPECT_EQ(ask(client, "PROXY TCP4 203.0.113.9 127.0.0.1 1000 6003\r\n" + get("/?uid=u")).status(),
            400);
}

TEST_F(ProxyProtocol, NamesTheAddressThatLimitsCount) {
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()),
                        .settings = R"("limits":{"maxConnectionsPerIp":1})",
                        .listeners = R"([{"address":"127.0.0.1:0","proxyProtocol":"required"}])"}};
  const std::string nine = "PROXY TCP4 203.0.113.9 127.0.0.1 1000 6003\r\n";
  RawStream first = agent.connect();
  ASSERT_EQ(ask(first, nine + get("/")).status(), 430);

  RawStream same = agent.connect();
  RawStream other = agent.connect();

  EXPECT_EQ(ask(same, nine).status(), 429);
  EXPECT_EQ(ask(other, "PROXY TCP4 203.0.113.8 127.0.0.1 1000 6003\r\n" + get("/")).status(), 430);
}

}  // namespace
}  // namespace pushgate::test
