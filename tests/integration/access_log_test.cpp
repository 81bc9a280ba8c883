// access_log_test.cpp - what the access log says of each way in which a request or tunnel can end,
// in both formats.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include "integration/access_log_line.hpp"
#include "support/websocket_peers.hpp"

namespace pushgate::test {
namespace {

class AccessLog : public testing::TestWithParam<const char*> {
 protected:
  explicit AccessLog(const std::string& timeouts = "{}")
      : agent(
            {.router = one_node(upstream.endpoint()),
             .settings = R"("timeouts":)" + timeouts +
                         R"(,"health":{"backoff":"1h","maxBackoff":"1h"},"accessLog":{"format":")" +
                         std::string{GetParam()} + R"("})",
             .access_log = true}) {}

  /// The first `count` lines, once they are there, each without what cannot be known beforehand:
  /// times must be there or not as `measured` says, and are taken out.
  std::vector<LogLine> lines(std::size_t count) {
    const auto written = [&] { return std::ranges::count(agent.access_log(), '\n'); };
    EXPECT_TRUE(eventually([&] { return written() >= static_cast<std::ptrdiff_t>(count); }));
    std::vector<LogLine> parsed;
    std::string text = agent.access_log();
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string one = text.substr(0, end);
      parsed.push_back(parse_log_line(one, GetParam()));
      text.erase(0, end + 1);
    }
    EXPECT_EQ(parsed.size(), count) << agent.access_log();
    return parsed;
  }
  LogLine line() { return lines(1).at(0); }

  /// Takes the measured times out after a look at their form; returns the names of those present.
  static std::string take_times(LogLine& line) {
    EXPECT_THAT(line["time"],
                testing::MatchesRegex("20[0-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-9:]{8}\\.[0-9]{3}Z"));
    line.erase("time");
    std::string present;
    for (const char* name : {"total_ms", "connect_ms", "first_byte_ms"}) {
      const auto found = line.find(name);
      if (found == line.end()) continue;
      EXPECT_THAT(found->second, testing::MatchesRegex("[0-9]+\\.[0-9]+")) << name;
      present += std::string{name, std::string_view{name}.size() - 3} + ' ';
      line.erase(found);
    }
    return present;
  }

  /// What every line of a request says that was routed to the node.
  LogLine routed(const std::string& request, std::size_t bytes_in) const {
    return {{"client", "127.0.0.1"},
            {"event", "request"},
            {"method", request.substr(0, request.find(' '))},
            {"target", "/a?uid=u"},
            {"product", "default"},
            {"uid", "u"},
            {"node", "a"},
            {"choice", "1"},
            {"reused", "no"},
            {"in", std::to_string(bytes_in)},
            {"out", "0"},
            {"status", "0"},
            {"listener", agent.endpoint().to_string()},
            {"id", seen.field("X-Request-Id")}};
  }

  void begin(const std::string& request) {
    client.send(request);
    node = upstream.accept();
    seen = read_request_head(node);
  }

  ScriptedUpstream upstream;
  AgentUnderTest agent;
  RawStream client = agent.connect();
  RawStream node;
  HttpMessage seen;
};

const std::string kGet = get("/a?uid=u");

TEST_P(AccessLog, OfARequestThatWasServed) {
  const std::string request = "POST /a?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
  begin(request);
  node.read_exactly(4);
  node.send(ok("answer"));
  const HttpMessage response = read_response(client);

  LogLine line = this->line();
  EXPECT_EQ(take_times(line), "total connect first_byte ");
  LogLine expected = routed("POST", request.size());
  expected["status"] = "200";
  expected["end"] = "--";
  expected["out"] = std::to_string(response.head.size() + 6);
  EXPECT_EQ(line, expected);
}

TEST_P(AccessLog, OfARequestOnAPooledConnection) {
  begin(kGet);
  node.send(ok("one"));
  read_response(client);
  client.send(kGet);
  seen = read_request_head(node);
  node.send(ok("two"));
  read_response(client);

  LogLine line = lines(2).at(1);
  EXPECT_EQ(take_times(line), "total first_byte ");
  EXPECT_EQ(line["reused"], "yes");
  EXPECT_EQ(line["id"], seen.field("X-Request-Id"));
}

TEST_P(AccessLog, OfARefusalByARule) {
  const HttpMessage answer = ask(client, get("/a"));

  LogLine line = this->line();
  EXPECT_EQ(take_times(line), "total ");
  EXPECT_NE(answer.body.find("\"requestId\":\"" + line["id"] + "\""), std::string::npos);
  line.erase("id");
  EXPECT_EQ(line, (LogLine{{"client", "127.0.0.1"},
                           {"event", "request"},
                           {"method", "GET"},
                           {"target", "/a"},
                           {"status", "430"},
                           {"end", "RR"},
                           {"choice", "0"},
                           {"reused", "no"},
                           {"in", std::to_string(get("/a").size())},
                           {"out", std::to_string(answer.head.size() + answer.body.size())},
                           {"rule", "missing_uid"},
                           {"listener", agent.endpoint().to_string()}}));
}

TEST_P(AccessLog, OfAHeadThatIsRefused) {
  const std::string bad = "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n";
  const HttpMessage answer = ask(client, bad);

  LogLine line = this->line();
  EXPECT_EQ(take_times(line), "total ");
  EXPECT_NE(answer.body.find("\"requestId\":\"" + line["id"] + "\""), std::string::npos);
  EXPECT_NE(answer.body.find("\"rule\":\"" + line["rule"] + "\""), std::string::npos);
  line.erase("id");
  line.erase("rule");
  EXPECT_EQ(line, (LogLine{{"client", "127.0.0.1"},
                           {"event", "request"},
                           {"status", "400"},
                           {"end", "RH"},
                           {"choice", "0"},
                           {"reused", "no"},
                           {"in", std::to_string(bad.size())},
                           {"out", std::to_string(answer.head.size() + answer.body.size())},
                           {"listener", agent.endpoint().to_string()}}));
}

TEST_P(AccessLog, OfAClientThatLeavesWhileItWaits) {
  begin(kGet);
  client.close();

  LogLine line = this->line();
  EXPECT_EQ(take_times(line), "total connect ");
  LogLine expected = routed("GET", kGet.size());
  expected["end"] = "CW";
  EXPECT_EQ(line, expected);
}

TEST_P(AccessLog, OfAClientThatLeavesInItsUpload) {
  begin("POST /a?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody");
  node.read_exactly(4);
  client.close();

  EXPECT_EQ(line().at("end"), "CQ");
}

TEST_P(AccessLog, OfAClientThatLeavesInAResponse) {
  begin(kGet);
  node.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  const std::string head = client.read_until("half");
  client.close();

  LogLine line = this->line();
  EXPECT_EQ(take_times(line), "total connect first_byte ");
  LogLine expected = routed("GET", kGet.size());
  expected["end"] = "CB";
  expected["status"] = "200";
  expected["out"] = std::to_string(head.size());
  EXPECT_EQ(line, expected);
}

TEST_P(AccessLog, OfANodeThatClosesWithoutAnAnswer) {
  const std::string request = "POST /a?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
  begin(request);
  node.close();
  const HttpMessage answer = read_response(client);

  LogLine line = this->line();
  EXPECT_EQ(take_times(line), "total connect ");
  LogLine expected = routed("POST", request.size());
  expected["end"] = "UW";
  expected["status"] = "502";
  expected["rule"] = "upstream_failed";
  expected["out"] = std::to_string(answer.head.size() + answer.body.size());
  EXPECT_EQ(line, expected);
}

TEST_P(AccessLog, OfANodeThatAnswersNonsense) {
  begin(kGet);
  node.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  read_response(client);

  const LogLine line = this->line();
  EXPECT_EQ(line.at("end"), "UW");
  EXPECT_EQ(line.at("rule"), "bad_upstream_response");
}

TEST_P(AccessLog, OfANodeThatBreaksItsResponseOff) {
  begin(kGet);
  node.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  client.read_until("half");
  node.close();
  client.read_to_end();

  const LogLine line = this->line();
  EXPECT_EQ(line.at("end"), "UB");
  EXPECT_EQ(line.at("status"), "200");
  EXPECT_FALSE(line.contains("rule"));
}

TEST_P(AccessLog, OfANodeThatCannotBeReached) {
  upstream.stop_listening();
  EXPECT_EQ(ask(client, kGet).status(), 503);
  EXPECT_EQ(ask(client, kGet).status(), 503);

  std::vector<LogLine> both = lines(2);
  EXPECT_EQ(take_times(both[0]), "total ");
  EXPECT_EQ(both[0].at("end"), "UC");
  EXPECT_EQ(both[0].at("node"), "a");
  EXPECT_EQ(both[0].at("rule"), "no_live_node");
  EXPECT_EQ(both[1].at("end"), "UR") << "by then it is left alone: none was chosen";
  EXPECT_FALSE(both[1].contains("node"));
}

TEST_P(AccessLog, OfARequestThatTheAgentCuts) {
  begin(get("/a?uid=u"));
  node.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  client.read_until("half");
  agent.cut_sessions();

  EXPECT_EQ(line().at("end"), "DB");
}

TEST_P(AccessLog, OfATunnelFromItsOpeningToItsEnd) {
  const std::string request = upgrade_request("/a?uid=u");
  begin(request + "early");
  node.send(switching() + "hi");
  const HttpMessage agreement = read_bodiless_response(client);
  EXPECT_EQ(client.read_exactly(2), "hi");
  EXPECT_EQ(node.read_exactly(5), "early");
  client.send("more");
  EXPECT_EQ(node.read_exactly(4), "more");
  node.send("answer");
  EXPECT_EQ(client.read_exactly(6), "answer");
  client.close();
  EXPECT_EQ(node.read_to_end(), "");
  node.close();

  std::vector<LogLine> both = lines(2);
  EXPECT_EQ(take_times(both[0]), "total connect first_byte ");
  LogLine opened = routed("GET", request.size());
  opened["event"] = "open";
  opened["status"] = "101";
  opened["end"] = "--";
  opened["out"] = std::to_string(agreement.head.size() + 2);
  EXPECT_EQ(both[0], opened);

  EXPECT_EQ(take_times(both[1]), "total ");
  EXPECT_EQ(both[1], (LogLine{{"client", "127.0.0.1"},
                              {"event", "close"},
                              {"end", "--"},
                              {"product", "default"},
                              {"uid", "u"},
                              {"node", "a"},
                              {"in", "9"},
                              {"out", "6"},
                              {"rule", "client_closed"},
                              {"id", opened["id"]}}));
}

struct TunnelEnding {
  void (*act)(AgentUnderTest&, TunnelEnds&);
  const char* end;
  const char* rule;
};

TEST_P(AccessLog, OfATunnelSaysHowItEnded) {
  const std::vector<TunnelEnding> endings{
      {[](AgentUnderTest&, TunnelEnds& tunnel) {
         tunnel.node.close();
         tunnel.client.read_to_end();
         tunnel.client.close();
       },
       "U-", "upstream_closed"},
      {[](AgentUnderTest&, TunnelEnds& tunnel) { tunnel.client.reset(); }, "CT", "client_failed"},
      {[](AgentUnderTest&, TunnelEnds& tunnel) { tunnel.node.reset(); }, "UT", "upstream_failed"},
      {[](AgentUnderTest& cut, TunnelEnds&) { cut.cut_sessions(); }, "DT", "stopped"}};
  std::size_t written = 0;
  for (const TunnelEnding& ending : endings) {
    TunnelEnds tunnel = open_tunnel(agent, upstream);
    written += 2;
    ending.act(agent, tunnel);
    const LogLine closed = lines(written).back();

    EXPECT_EQ(closed.at("end"), ending.end);
    EXPECT_EQ(closed.at("rule"), ending.rule);
  }
}

INSTANTIATE_TEST_SUITE_P(, AccessLog, testing::Values("text", "json"),
                         [](const auto& test) { return std::string{test.param}; });

/// The agent waits only a moment for whatever it waits for.
class AccessLogOfSlowPeers : public AccessLog {
 protected:
  AccessLogOfSlowPeers()
      : AccessLog(R"({"requestHead":"100ms","requestBody":"100ms","firstByte":"100ms"})") {}
};

TEST_P(AccessLogOfSlowPeers, AHeadThatDoesNotEnd) {
  client.send("GET /a HTTP/1.1\r\n");
  EXPECT_EQ(read_response(client).status(), 408);

  const LogLine line = this->line();
  EXPECT_EQ(line.at("end"), "TH");
  EXPECT_EQ(line.at("status"), "408");
  EXPECT_EQ(line.at("rule"), "request_timeout");
}

TEST_P(AccessLogOfSlowPeers, ANodeThatDoesNotAnswerInTime) {
  begin(kGet);
  EXPECT_EQ(read_response(client).status(), 504);

  LogLine line = this->line();
  EXPECT_EQ(take_times(line), "total connect ");
  EXPECT_EQ(line.at("end"), "TW");
  EXPECT_EQ(line.at("status"), "504");
  EXPECT_EQ(line.at("rule"), "upstream_timeout");
}

TEST_P(AccessLogOfSlowPeers, ABodyThatDoesNotComeInTime) {
  begin("POST /a?uid=u HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody");
  EXPECT_EQ(read_response(client).status(), 408);

  const LogLine line = this->line();
  EXPECT_EQ(line.at("end"), "TQ");
  EXPECT_EQ(line.at("rule"), "request_timeout");
}

INSTANTIATE_TEST_SUITE_P(, AccessLogOfSlowPeers, testing::Values("text", "json"),
                         [](const auto& test) { return std::string{test.param}; });

}  // namespace
}  // namespace pushgate::test
