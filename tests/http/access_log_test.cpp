// Lines of the access log, and that nobody can forge one.

#include "pushgate/http/access_log.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pushgate::http {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

AccessRecord sample() {
  AccessRecord record;
  record.time = std::chrono::system_clock::time_point{1700000000123ms};
  record.client = IpAddress::parse("192.0.2.1").value();
  record.listener = "0.0.0.0:6003";
  record.method = "GET";
  record.target = "/chat?uid=7";
  record.request_id = "0a1b";
  record.product = "default";
  record.uid = "7";
  record.node = "node-1";
  record.bytes_in = 300;
  record.bytes_out = 1500;
  record.total = 12345us;
  record.first_byte = 7us;
  record.status = 200;
  record.choice = 1;
  record.upstream_reused = true;
  return record;
}

std::string text(const AccessRecord& record) {
  std::string out;
  append_text(out, record);
  return out;
}

std::string json(const AccessRecord& record) {
  std::string out;
  append_json(out, record);
  return out;
}

TEST(AccessLogText, is_exactly_this) {
  EXPECT_EQ(
      text(sample()),
      "2023-11-14T22:13:20.123Z 192.0.2.1 request method=GET target=\"/chat?uid=7\" status=200 "
      "end=-- product=default uid=7 node=node-1 choice=1 reused=yes total_ms=12.345 "
      "connect_ms=- first_byte_ms=0.007 in=300 out=1500 rule=- listener=0.0.0.0:6003 "
      "id=0a1b\n");
}

TEST(AccessLogJson, is_exactly_this) {
  EXPECT_EQ(json(sample()),
            R"({"time":"2023-11-14T22:13:20.123Z","client":"192.0.2.1","event":"request",)"
            R"("method":"GET","target":"/chat?uid=7","status":200,"end":"--","product":"default",)"
            R"("uid":"7","node":"node-1","choice":1,"reused":true,"totalMs":12.345,)"
            R"("firstByteMs":0.007,"bytesIn":300,"bytesOut":1500,"listener":"0.0.0.0:6003",)"
            R"("requestId":"0a1b"})"
            "\n");
}

TEST(AccessLog, cannot_be_forged) {
  AccessRecord record = sample();
  record.uid = "a b\"\n\\\x7f\xc2\x9b\xff=\xc3\xa4";
  record.target = "/x\"\r\n2023 forged \x1b[2J";
  record.method = "-";

  const std::string line = text(record);

  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_NE(line.find(R"( method="-" )"), line.npos);
  EXPECT_NE(line.find(R"( target="/x\"\u000d\u000a2023 forged \u001b[2J" )"), line.npos);
  EXPECT_NE(line.find("uid=\"a b\\\"\\u000a\\\\\\u007f\\u009b\xef\xbf\xbd=\xc3\xa4\" "), line.npos);
}

TEST(AccessLog, written_as_json_is_json_whatever_it_contains) {
  AccessRecord record = sample();
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  record.target = all;
  record.uid = "\xc2\x80\xc2\x9f\xc2"sv;

  const std::string line = json(record);

  const auto parsed = nlohmann::json::parse(line);
  EXPECT_EQ(parsed.at("uid"), "\xc2\x80\xc2\x9f\xef\xbf\xbd");
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_EQ(line.find('\xc2'), line.npos);
}

TEST(AccessLog, of_a_refusal_names_the_rule_and_how_far_it_got) {
  AccessRecord record;
  record.status = 430;
  record.rule = "missing_uid";
  record.cause = EndCause::refused;
  record.phase = EndPhase::route;

  EXPECT_NE(text(record).find(" status=430 end=RR product=- uid=- node=- choice=0 "),
            std::string::npos);
  EXPECT_NE(text(record).find(" rule=missing_uid "), std::string::npos);
  EXPECT_FALSE(nlohmann::json::parse(json(record)).contains("node"));
}

TEST(AccessLog, of_the_opening_of_a_tunnel_is_that_of_a_request) {
  AccessRecord record = sample();
  record.tunnel = TunnelEvent::open;

  EXPECT_NE(text(record).find(" 192.0.2.1 open method=GET "), std::string::npos);
}

/// What is known of a tunnel when it ends.
AccessRecord end_of_tunnel() {
  AccessRecord record;
  record.time = std::chrono::system_clock::time_point{1700000000123ms};
  record.client = IpAddress::parse("192.0.2.1").value();
  record.request_id = "0a1b";
  record.product = "default";
  record.uid = "7";
  record.node = "node-1";
  record.rule = "client_failed";
  record.bytes_in = 300;
  record.bytes_out = 1500;
  record.total = 12345us;
  record.tunnel = TunnelEvent::close;
  record.cause = EndCause::client;
  record.phase = EndPhase::tunnel;
  return record;
}

TEST(AccessLogText, of_the_end_of_a_tunnel_leaves_out_what_only_its_request_had) {
  EXPECT_EQ(text(end_of_tunnel()),
            "2023-11-14T22:13:20.123Z 192.0.2.1 close end=CT product=default uid=7 node=node-1 "
            "total_ms=12.345 in=300 out=1500 rule=client_failed id=0a1b\n");
}

TEST(AccessLogJson, of_the_end_of_a_tunnel_leaves_out_what_only_its_request_had) {
  EXPECT_EQ(json(end_of_tunnel()),
            R"({"time":"2023-11-14T22:13:20.123Z","client":"192.0.2.1","event":"close",)"
            R"("end":"CT","product":"default","uid":"7","node":"node-1","totalMs":12.345,)"
            R"("bytesIn":300,"bytesOut":1500,"rule":"client_failed","requestId":"0a1b"})"
            "\n");
}

}  // namespace
}  // namespace pushgate::http
