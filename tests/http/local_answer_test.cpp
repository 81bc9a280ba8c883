// The agent's own responses, read back with a JSON parser and our own head parser.

#include "pushgate/http/local_answer.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "heads.hpp"

namespace pushgate::http {
namespace {

std::string made(const LocalAnswer& answer) {
  std::string out;
  append_local_answer(out, answer);
  return out;
}

TEST(LocalAnswer, says_which_rule_refused) {
  const ParsedResponse parsed{
      made({.status = 430, .rule = "missing_uid", .message = "say \"who\"\n", .request_id = "r1"})};

  ASSERT_EQ(parsed.outcome.status, HeadStatus::done);
  EXPECT_EQ(parsed.head.status, 430);
  EXPECT_EQ(parsed.head.reason, "User Required");
  const std::string body = parsed.bytes.substr(parsed.outcome.head_bytes);
  EXPECT_EQ(parsed.head.content_length, body.size());
  const auto error = nlohmann::json::parse(body).at("error");
  EXPECT_EQ(error, (nlohmann::json{{"status", 430},
                                   {"rule", "missing_uid"},
                                   {"message", "say \"who\"\n"},
                                   {"requestId", "r1"}}));
}

TEST(LocalAnswer, is_exactly_this) {
  EXPECT_EQ(made({.status = 503,
                  .rule = "no_live_node",
                  .message = "try again",
                  .retry_after_s = 2,
                  .date = 784111777,
                  .keep_alive = true}),
            "HTTP/1.1 503 Service Unavailable\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: application/json\r\nContent-Length: 69\r\nConnection: keep-alive\r\n"
            "Retry-After: 2\r\nCache-Control: no-store\r\n\r\n"
            "{\"error\":{\"status\":503,\"rule\":\"no_live_node\",\"message\":\"try again\"}}\n");
}

TEST(LocalAnswer, to_head_has_a_length_but_no_body) {
  const LocalAnswer answer{.status = 404, .rule = "x", .message = "y"};
  LocalAnswer to_head = answer;
  to_head.head_request = true;

  const std::string with = made(answer);
  const std::string without = made(to_head);

  EXPECT_TRUE(with.starts_with(without));
  EXPECT_TRUE(without.ends_with("\r\n\r\n"));
}

TEST(LocalAnswer, may_have_a_body_of_the_administrators_own) {
  const std::string answer =
      made({.status = 401, .body = "<p>who?</p>", .content_type = "text/html"});

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"));
  EXPECT_NE(answer.find("Content-Type: text/html\r\nContent-Length: 11\r\n"), answer.npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n<p>who?</p>"));
}

TEST(LocalAnswer, closes_unless_told_otherwise) {
  EXPECT_FALSE(ParsedResponse{made({.status = 400})}.head.keep_alive);
  EXPECT_TRUE(ParsedResponse{made({.status = 400, .keep_alive = true})}.head.keep_alive);
}

TEST(LocalAnswer, has_the_fields_that_its_status_requires) {
  EXPECT_NE(made({.status = 405}).find("\r\nAllow: GET, "), std::string::npos);
  const ParsedResponse upgrade{made({.status = 426})};
  EXPECT_TRUE(upgrade.head.wants_upgrade);
  EXPECT_FALSE(upgrade.head.keep_alive);
  EXPECT_EQ(upgrade.head.find(FieldId::sec_websocket_version)->value, "13");
}

TEST(LocalAnswer, has_a_reason_for_every_status_that_the_agent_uses) {
  for (const int status :
       {400, 404, 405, 408, 413, 414, 417, 426, 429, 430, 431, 501, 502, 503, 504, 505}) {
    EXPECT_NE(reason_phrase(static_cast<std::uint16_t>(status)), "Unknown") << status;
  }
  EXPECT_EQ(reason_phrase(599), "Unknown");
}

}  // namespace
}  // namespace pushgate::http
