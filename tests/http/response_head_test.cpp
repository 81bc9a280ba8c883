// Responses of nodes: what is read from them, and what makes them unusable.

#include <gtest/gtest.h>

#include "heads.hpp"

namespace pushgate::http {
namespace {

TEST(ResponseHead, is_taken_apart) {
  const ParsedResponse parsed{
      "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nSet-Cookie: a=b\r\n\r\nabc"};

  ASSERT_EQ(parsed.outcome.status, HeadStatus::done);
  EXPECT_EQ(parsed.outcome.head_bytes, parsed.bytes.size() - 3);
  EXPECT_EQ(parsed.head.status, 404);
  EXPECT_EQ(parsed.head.reason, "Not Found");
  EXPECT_EQ(parsed.head.framing, Framing::length);
  EXPECT_EQ(parsed.head.content_length, 3u);
  EXPECT_EQ(parsed.head.fields[1].id, FieldId::set_cookie);
  EXPECT_TRUE(parsed.head.keep_alive);
}

TEST(ResponseHead, needs_no_reason) {
  EXPECT_EQ(response_error("HTTP/1.1 200 \r\n\r\n"), HeadError::none);
  EXPECT_EQ(response_error("HTTP/1.1 200\r\n\r\n"), HeadError::none);
}

TEST(ResponseHead, has_a_strict_status_line) {
  for (const char* line :
       {"HTTP/2.0 200 OK", "HTTP/1.2 200 OK", "http/1.1 200 OK", "HTTP/1.1 99 X", "HTTP/1.1 600 X",
        "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1  200 OK", "HTTP/1.1 2x0 OK", "200 OK .....",
        "HTTP/1.1 200\tOK", "HTTP/1.1 200 O\x01K", "\r\nHTTP/1.1 200 OK"}) {
    EXPECT_EQ(response_error(std::string{line} + "\r\n\r\n"), HeadError::bad_status_line) << line;
  }
}

TEST(ResponseHead, ends_with_the_connection_if_nothing_else_says_where) {
  const ParsedResponse parsed{"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n"};

  EXPECT_EQ(parsed.head.framing, Framing::until_close);
  EXPECT_FALSE(parsed.head.keep_alive);
}

TEST(ResponseHead, may_be_chunked) {
  const ParsedResponse parsed{"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"};

  EXPECT_EQ(parsed.head.framing, Framing::chunked);
  EXPECT_TRUE(parsed.head.keep_alive);
}

TEST(ResponseHead, has_no_body_by_status_or_method) {
  const auto framing = [](const std::string& text, Method method = Method::get) {
    const ParsedResponse parsed{text, method};
    EXPECT_EQ(parsed.outcome.error, HeadError::none) << text;
    EXPECT_TRUE(parsed.head.keep_alive) << text;
    return parsed.head.framing;
  };

  EXPECT_EQ(framing("HTTP/1.1 204 X\r\n\r\n"), Framing::none);
  EXPECT_EQ(framing("HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n"), Framing::none);
  EXPECT_EQ(framing("HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n"), Framing::none);
  EXPECT_EQ(framing("HTTP/1.1 100 X\r\n\r\n"), Framing::none);
  EXPECT_EQ(framing("HTTP/1.1 101 X\r\n\r\n"), Framing::none);
  EXPECT_EQ(framing("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n", Method::head), Framing::none);
  EXPECT_EQ(framing("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n", Method::head),
            Framing::none);
}

TEST(ResponseHead, is_unusable_if_its_framing_is_ambiguous) {
  for (const char* rest :
       {"1 200 X\r\nContent-Length: 3\r\nTransfer-Encoding: chunked",
        "1 200 X\r\nContent-Length: 3\r\nContent-Length: 3", "1 200 X\r\nContent-Length: 3, 3",
        "1 200 X\r\nContent-Length:", "1 200 X\r\nContent-Length: -1",
        "1 200 X\r\nTransfer-Encoding: gzip", "1 200 X\r\nTransfer-Encoding: gzip, chunked",
        "1 200 X\r\nTransfer-Encoding: identity", "1 200 X\r\nTransfer-Encoding:",
        "1 200 X\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "0 200 X\r\nTransfer-Encoding: chunked", "1 204 X\r\nContent-Length: 5",
        "1 204 X\r\nTransfer-Encoding: chunked", "1 101 X\r\nContent-Length: 5",
        "1 100 X\r\nTransfer-Encoding: chunked"}) {
    EXPECT_EQ(response_error("HTTP/1." + std::string{rest} + "\r\n\r\n"),
              HeadError::bad_response_framing)
        << rest;
  }
}

TEST(ResponseHead, may_pad_its_length_with_zeros) {
  EXPECT_EQ(ParsedResponse{"HTTP/1.1 200 X\r\nContent-Length: 0012\r\n\r\n"}.head.content_length,
            12u);
}

TEST(ResponseHead, may_not_fold_or_split_lines_otherwise) {
  EXPECT_EQ(response_error("HTTP/1.1 200 X\r\nA: b\r\n c\r\n\r\n"), HeadError::obsolete_folding);
  EXPECT_EQ(response_error("HTTP/1.1 200 X\nA: b\r\n\r\n"), HeadError::bare_line_feed);
  EXPECT_EQ(response_error("HTTP/1.1 200 X\r\nA : b\r\n\r\n"), HeadError::bad_field_name);
}

TEST(ResponseHead, says_whether_the_node_keeps_the_connection) {
  const auto keeps = [](const std::string& rest) {
    return ParsedResponse{"HTTP/1." + rest + "\r\nContent-Length: 0\r\n\r\n"}.head.keep_alive;
  };

  EXPECT_TRUE(keeps("1 200 X"));
  EXPECT_FALSE(keeps("1 200 X\r\nConnection: close"));
  EXPECT_FALSE(keeps("0 200 X"));
  EXPECT_TRUE(keeps("0 200 X\r\nConnection: keep-alive"));
}

TEST(ResponseHead, comes_out_the_same_however_it_is_split) {
  const std::string bytes = "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 3\r\n\r\nabc";
  const std::size_t head_bytes = bytes.size() - 3;
  for (std::size_t first = 1; first < head_bytes; ++first) {
    ResponseHead head;
    std::size_t scanned = 0;
    ASSERT_EQ(parse_response_head(std::string_view{bytes}.substr(0, first), {}, Method::get,
                                  scanned, head)
                  .status,
              HeadStatus::need_more);
    const HeadOutcome outcome = parse_response_head(bytes, {}, Method::get, scanned, head);
    ASSERT_EQ(outcome.status, HeadStatus::done);
    ASSERT_EQ(outcome.head_bytes, head_bytes);
    ASSERT_EQ(head.fields.size(), 2u);
  }
}

}  // namespace
}  // namespace pushgate::http
