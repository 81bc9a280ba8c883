// access_log_forgery_test.cpp - nothing that a client sends can break a line of the access log.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "integration/access_log_line.hpp"
#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

/// An agent that trusts its client, so that even the request id is the client's.
class ForgedLogLine : public testing::TestWithParam<const char*> {
 protected:
  /// Sends it on a connection of its own, and answers it if it comes through.
  void pass(const std::string& request) {
    RawStream client = agent.connect();
    client.send(request);
    ASSERT_TRUE(eventually([&] { return upstream.has_caller() || client.has_something(); }));
    if (upstream.has_caller()) {
      RawStream node = upstream.accept();
      read_request_head(node);
      node.send(ok("x", "Connection: close\r\n"));
    }
    read_response(client);
    ++requests;
  }

  /// One line for each request so far.
  std::vector<std::string> lines() {
    const auto written = [&] { return std::ranges::count(agent.access_log(), '\n'); };
    EXPECT_TRUE(eventually([&] { return written() >= requests; }));
    EXPECT_EQ(written(), requests);
    std::vector<std::string> all;
    std::string text = agent.access_log();
    for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
      all.push_back(text.substr(0, end));
      text.erase(0, end + 1);
    }
    return all;
  }

  std::ptrdiff_t requests = 0;
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()),
                        .settings = R"("trustedProxies":["127.0.0.1"],"accessLog":{"format":")" +
                                    std::string{GetParam()} + R"("})",
                        .access_log = true}};
};

TEST_P(ForgedLogLine, IsNotMadeByAnyByteAnywhereInARequest) {
  for (int code = 0; code < 256; ++code) {
    const std::string byte(1, static_cast<char>(code));
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02x", static_cast<unsigned>(code));
    pass(get("/a" + byte + "b?uid=u"));
    pass(get("/a?uid=u" + byte + "v"));
    pass(get(std::string{"/a?uid=u"} + hex + "v"));
    pass(get(std::string{"/a?uid=u%c2"} + hex));
    pass(get("/a?uid=u", "X-Request-Id: i" + byte + "d\r\n"));
    pass("G" + byte + "T /a?uid=u HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  for (const std::string& line : lines()) {
    EXPECT_NO_THROW(parse_log_line(line, GetParam())) << line;
    EXPECT_TRUE(std::ranges::none_of(line, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
        << line;
  }
}

TEST_P(ForgedLogLine, IsReadBackAsWhatWasSent) {
  pass(
      get("/a?end=--&uid=%22%5c%c3%a9%20end=--%20uid=root", "X-Request-Id: \"x\\\"status=200\r\n"));
  const LogLine line = parse_log_line(lines().at(0), GetParam());

  EXPECT_EQ(line.at("target"), "/a?end=--&uid=%22%5c%c3%a9%20end=--%20uid=root");
  EXPECT_EQ(line.at("uid"), "\"\\\xc3\xa9 end=-- uid=root");
  EXPECT_EQ(line.at("id"), "\"x\\\"status=200");
}

INSTANTIATE_TEST_SUITE_P(, ForgedLogLine, testing::Values("text", "json"),
                         [](const auto& test) { return std::string{test.param}; });

}  // namespace
}  // namespace pushgate::test
