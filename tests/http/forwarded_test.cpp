// Who the client is behind trusted proxies, and what the node is told.

#include "pushgate/http/forwarded.hpp"

#include <gtest/gtest.h>

#include "heads.hpp"

namespace pushgate::http {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

CidrSet trusted_networks() {
  CidrSet networks;
  networks.add("10.0.0.0/8");
  networks.add("fd00::/8");
  return networks;
}

std::string client_of(const std::string& peer, const std::string& lines) {
  const ParsedRequest parsed{post_with(lines)};
  EXPECT_EQ(parsed.outcome.error, HeadError::none);
  return resolve_client(parsed.head.fields, ip(peer), trusted_networks()).to_string();
}

TEST(ClientAddress, is_the_peer_unless_that_is_trusted) {
  EXPECT_EQ(client_of("192.0.2.1", "X-Forwarded-For: 198.51.100.7\r\n"), "192.0.2.1");
  EXPECT_EQ(client_of("10.0.0.1", ""), "10.0.0.1");
}

TEST(ClientAddress, is_the_rightmost_one_that_is_not_trusted) {
  EXPECT_EQ(client_of("10.0.0.1", "X-Forwarded-For: 1.1.1.1, 198.51.100.7, 10.0.0.2\r\n"),
            "198.51.100.7");
}

TEST(ClientAddress, is_looked_for_in_all_fields_from_the_last_one_on) {
  EXPECT_EQ(
      client_of("10.0.0.1", "X-Forwarded-For: 1.1.1.1\r\nA: b\r\nX-Forwarded-For: 10.0.0.2\r\n"),
      "1.1.1.1");
  EXPECT_EQ(client_of("10.0.0.1", "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n"),
            "2.2.2.2");
}

TEST(ClientAddress, is_the_leftmost_one_if_all_are_trusted) {
  EXPECT_EQ(client_of("10.0.0.1", "X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n"), "10.0.0.3");
}

TEST(ClientAddress, does_not_come_from_behind_something_unreadable) {
  EXPECT_EQ(client_of("10.0.0.1", "X-Forwarded-For: 1.1.1.1, unknown, 10.0.0.2\r\n"), "10.0.0.2");
  EXPECT_EQ(client_of("10.0.0.1", "X-Forwarded-For: [::1, 10.0.0.2\r\n"), "10.0.0.2");
}

TEST(ClientAddress, may_be_written_with_a_port) {
  EXPECT_EQ(client_of("10.0.0.1", "X-Forwarded-For: 1.1.1.1:555\r\n"), "1.1.1.1");
  EXPECT_EQ(client_of("10.0.0.1", "X-Forwarded-For: [2001:db8::1]:555\r\n"), "2001:db8::1");
  EXPECT_EQ(client_of("fd00::1", "X-Forwarded-For: 2001:db8::1\r\n"), "2001:db8::1");
}

TEST(ClientAddress, is_looked_for_over_a_bounded_number_of_hops) {
  std::string lines = "X-Forwarded-For: 1.1.1.1";
  for (int i = 0; i < 32; ++i) lines += ", 10.0.0.9";

  EXPECT_EQ(client_of("10.0.0.1", lines + "\r\n"), "10.0.0.9");
}

std::string forwarding_fields(const std::string& lines, const ForwardingFacts& facts) {
  const ParsedRequest parsed{"GET / HTTP/1.1\r\nHost: a.example:80\r\n" + lines + "\r\n"};
  EXPECT_EQ(parsed.outcome.error, HeadError::none);
  std::string out;
  append_forwarding_fields(out, parsed.head, facts);
  return out;
}

TEST(ForwardingFields, tell_what_the_agent_knows_and_nothing_that_a_client_says) {
  const std::string lines =
      "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n"
      "Forwarded: for=9.9.9.9\r\n";

  EXPECT_EQ(forwarding_fields(lines, {.peer = ip("192.0.2.1"), .rfc7239 = true}),
            "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n"
            "X-Forwarded-Host: a.example:80\r\n"
            "Forwarded: for=192.0.2.1;host=\"a.example:80\";proto=http\r\n");
}

TEST(ForwardingFields, of_a_trusted_proxy_are_continued) {
  const std::string lines =
      "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 8.8.8.8\r\nX-Forwarded-Proto: https\r\n"
      "X-Forwarded-Host: shop.example\r\nForwarded: for=9.9.9.9\r\n";

  EXPECT_EQ(
      forwarding_fields(lines, {.peer = ip("10.0.0.1"), .peer_trusted = true, .rfc7239 = true}),
      "X-Forwarded-For: 9.9.9.9, 8.8.8.8, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n"
      "X-Forwarded-Host: shop.example\r\n"
      "Forwarded: for=9.9.9.9, for=10.0.0.1;host=\"a.example:80\";proto=http\r\n");
}

TEST(ForwardingFields, of_a_trusted_proxy_must_make_sense) {
  const std::string lines = "X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: a, b\r\n";

  EXPECT_EQ(
      forwarding_fields(lines, {.peer = ip("10.0.0.1"), .peer_trusted = true, .secure = true}),
      "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\n"
      "X-Forwarded-Host: a.example:80\r\n");
}

TEST(ForwardingFields, quote_ipv6_addresses) {
  const std::string fields =
      forwarding_fields("", {.peer = ip("2001:db8::1"), .secure = true, .rfc7239 = true});

  EXPECT_NE(fields.find("X-Forwarded-For: 2001:db8::1\r\n"), fields.npos);
  EXPECT_NE(fields.find("for=\"[2001:db8::1]\";host="), fields.npos);
}

TEST(ForwardingFields, leave_out_a_host_that_there_is_not) {
  const ParsedRequest parsed{"GET / HTTP/1.0\r\n\r\n"};
  std::string out;

  append_forwarding_fields(out, parsed.head, {.peer = ip("192.0.2.1"), .rfc7239 = true});

  EXPECT_EQ(out,
            "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n"
            "Forwarded: for=192.0.2.1;proto=http\r\n");
}

}  // namespace
}  // namespace pushgate::http
