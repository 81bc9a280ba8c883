// Leaving HTTP: what the client may ask for and what the node must have answered.

#include "pushgate/http/upgrade.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "heads.hpp"

namespace pushgate::http {
namespace {

std::string requested(const std::string& lines, const std::vector<std::string>& allowed) {
  const ParsedRequest parsed{"GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n"};
  EXPECT_EQ(parsed.outcome.error, HeadError::none);
  return std::string{requested_protocol(parsed.head, allowed)};
}

TEST(RequestedProtocol, is_the_first_listed_one) {
  const std::vector<std::string> allowed{"websocket", "x-raw"};

  EXPECT_EQ(requested("Upgrade: WebSocket\r\nConnection: Upgrade\r\n", allowed), "WebSocket");
  EXPECT_EQ(requested("Upgrade: h2c, x-raw\r\nConnection: Upgrade\r\n", allowed), "x-raw");
  EXPECT_EQ(requested("Upgrade: h2c\r\nUpgrade: websocket\r\nConnection: upgrade\r\n", allowed),
            "websocket");
}

TEST(RequestedProtocol, is_none_if_it_is_not_listed_or_not_really_asked_for) {
  const std::vector<std::string> allowed{"websocket"};

  EXPECT_EQ(requested("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n", allowed), "");
  EXPECT_EQ(requested("Upgrade: websocket\r\n", allowed), "");
  EXPECT_EQ(requested("Connection: Upgrade\r\n", allowed), "");
  EXPECT_EQ(requested("Upgrade: ,\r\nConnection: Upgrade\r\n", {""}), "");
  EXPECT_EQ(requested("Upgrade: websocket\r\nConnection: Upgrade\r\n", {}), "");
}

UpgradeError request_check(const std::string& text) {
  const ParsedRequest parsed{text};
  EXPECT_EQ(parsed.outcome.error, HeadError::none);
  return check_upgrade_request(parsed.head);
}

TEST(UpgradeRequest, is_a_get_without_a_body) {
  EXPECT_EQ(request_check("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), UpgradeError::none);
  EXPECT_EQ(request_check("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
            UpgradeError::none);
  EXPECT_EQ(request_check("POST / HTTP/1.1\r\nHost: a\r\n\r\n"), UpgradeError::not_get);
  EXPECT_EQ(request_check("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"),
            UpgradeError::has_body);
  EXPECT_EQ(request_check("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
            UpgradeError::has_body);
}

UpgradeError answer_check(const std::string& text) {
  const ParsedResponse parsed{"HTTP/1.1 " + text + "\r\n\r\n"};
  EXPECT_EQ(parsed.outcome.error, HeadError::none) << text;
  return check_upgrade_answer(parsed.head, "websocket");
}

TEST(UpgradeAnswer, is_a_101_with_both_fields) {
  EXPECT_EQ(answer_check("101 X\r\nUpgrade: WebSocket\r\nConnection: upgrade"), UpgradeError::none);
  EXPECT_EQ(answer_check("101 X\r\nUpgrade: websocket"), UpgradeError::no_upgrade_option);
  EXPECT_EQ(answer_check("101 X\r\nConnection: upgrade"), UpgradeError::no_upgrade_option);
}

TEST(UpgradeAnswer, is_not_any_other_status) {
  for (const char* status : {"200", "426", "100", "302", "500"}) {
    EXPECT_EQ(answer_check(std::string{status} + " X\r\nUpgrade: websocket\r\nConnection: upgrade"),
              UpgradeError::not_switching)
        << status;
  }
}

TEST(UpgradeAnswer, must_be_for_the_protocol_that_was_asked_for) {
  EXPECT_EQ(answer_check("101 X\r\nUpgrade: h2c\r\nConnection: upgrade"),
            UpgradeError::other_protocol);
  EXPECT_EQ(answer_check("101 X\r\nUpgrade: websocket, h2c\r\nConnection: upgrade"),
            UpgradeError::other_protocol);
  EXPECT_EQ(
      answer_check("101 X\r\nUpgrade: websocket\r\nUpgrade: websocket\r\nConnection: upgrade"),
      UpgradeError::other_protocol);
}

TEST(UpgradeAnswer, has_no_body) {
  EXPECT_EQ(answer_check("101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 0"),
            UpgradeError::framed_answer);
}

TEST(CombinedValue, joins_the_fields_of_one_name) {
  const ParsedRequest parsed{post_with(
      "Sec-WebSocket-Protocol: a, b\r\nX: y\r\nSec-WebSocket-Protocol: c\r\nOrigin: o\r\n")};
  std::string storage;

  EXPECT_EQ(combined_value(parsed.head.fields, FieldId::sec_websocket_protocol, storage),
            "a, b, c");
  EXPECT_EQ(combined_value(parsed.head.fields, FieldId::origin, storage), "o");
  EXPECT_EQ(combined_value(parsed.head.fields, FieldId::via, storage), "");
  EXPECT_EQ(single_field(parsed.head.fields, FieldId::sec_websocket_protocol).count, 2u);
}

}  // namespace
}  // namespace pushgate::http
