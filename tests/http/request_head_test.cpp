// What the head parser makes of requests that it accepts.

#include <cctype>
#include <string>

#include <gtest/gtest.h>

#include "pushgate/base/text.hpp"

#include "heads.hpp"

namespace pushgate::http {
namespace {

TEST(RequestHead, is_taken_apart_without_copying) {
  const ParsedRequest parsed{
      "GET /chat?uid=7 HTTP/1.1\r\nHost: example.com\r\nX-A:  b c \t\r\n\r\nbody"};

  ASSERT_EQ(parsed.outcome.status, HeadStatus::done);
  EXPECT_EQ(parsed.outcome.head_bytes, parsed.bytes.size() - 4);
  EXPECT_EQ(parsed.head.method, Method::get);
  EXPECT_EQ(parsed.head.target, "/chat?uid=7");
  EXPECT_EQ(parsed.head.path, "/chat");
  EXPECT_EQ(parsed.head.query, "uid=7");
  EXPECT_EQ(parsed.head.host, "example.com");
  ASSERT_EQ(parsed.head.fields.size(), 2u);
  EXPECT_EQ(parsed.head.fields[1].name, "X-A");
  EXPECT_EQ(parsed.head.fields[1].value, "b c");
  EXPECT_GE(parsed.head.target.data(), parsed.bytes.data());
}

TEST(RequestHead, knows_its_method) {
  const std::pair<std::string, Method> methods[] = {
      {"GET", Method::get},        {"HEAD", Method::head},  {"POST", Method::post},
      {"PUT", Method::put},        {"DELETE", Method::del}, {"OPTIONS", Method::options},
      {"PATCH", Method::patch},    {"get", Method::other},  {"PROPFIND", Method::other},
      {"M-SEARCH", Method::other},
  };
  for (const auto& [name, method] : methods) {
    const ParsedRequest parsed{name + " / HTTP/1.1\r\nHost: a\r\n\r\n"};
    EXPECT_EQ(parsed.head.method, method) << name;
    EXPECT_EQ(parsed.head.method_name, name);
  }
}

TEST(RequestHead, tells_an_empty_query_from_none) {
  const ParsedRequest with{"GET /x? HTTP/1.1\r\nHost: a\r\n\r\n"};
  const ParsedRequest without{"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"};

  EXPECT_TRUE(with.head.has_query);
  EXPECT_FALSE(without.head.has_query);
  EXPECT_EQ(with.head.path, without.head.path);
}

TEST(RequestHead, may_have_an_absolute_target) {
  const ParsedRequest parsed{"GET HTTP://A.b:80/x/y?z#w HTTP/1.1\r\nHost: a.B\r\n\r\n"};
  const ParsedRequest good{"GET HTTP://A.b:80/x/y?z HTTP/1.1\r\nHost: a.B\r\n\r\n"};

  EXPECT_EQ(parsed.outcome.error, HeadError::bad_target);
  ASSERT_EQ(good.outcome.error, HeadError::none);
  EXPECT_EQ(good.head.host, "A.b:80");
  EXPECT_EQ(good.head.path, "/x/y");
  EXPECT_EQ(good.head.query, "z");
}

TEST(RequestHead, has_the_root_as_path_if_an_absolute_target_has_none) {
  const ParsedRequest bare{"GET https://a HTTP/1.1\r\nHost: a:443\r\n\r\n"};
  const ParsedRequest query{"GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n"};

  ASSERT_EQ(bare.outcome.error, HeadError::none);
  EXPECT_EQ(bare.head.path, "/");
  ASSERT_EQ(query.outcome.error, HeadError::none);
  EXPECT_EQ(query.head.path, "/");
  EXPECT_EQ(query.head.query, "b");
}

TEST(RequestHead, may_be_about_the_server_as_a_whole) {
  const ParsedRequest parsed{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"};

  ASSERT_EQ(parsed.outcome.error, HeadError::none);
  EXPECT_EQ(parsed.head.path, "*");
}

TEST(RequestHead, may_come_after_empty_lines) {
  const ParsedRequest parsed{"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"};

  ASSERT_EQ(parsed.outcome.error, HeadError::none);
  EXPECT_EQ(parsed.outcome.head_bytes, parsed.bytes.size());
}

TEST(RequestHead, takes_hosts_of_every_kind) {
  for (const std::string host :
       {"a", "a-b.example.com", "1.2.3.4:80", "[::1]", "[2001:db8::1]:65535", "a_b",
        "xn--4ca.example", "a%20b", "a!$&'()*+;=~b"}) {
    EXPECT_EQ(request_error("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), HeadError::none)
        << host;
  }
}

TEST(RequestHead, of_http_1_0_needs_no_host_and_closes) {
  const ParsedRequest parsed{"GET / HTTP/1.0\r\n\r\n"};

  ASSERT_EQ(parsed.outcome.error, HeadError::none);
  EXPECT_TRUE(parsed.head.host.empty());
  EXPECT_EQ(parsed.head.minor_version, 0);
  EXPECT_FALSE(parsed.head.keep_alive);
}

TEST(RequestHead, says_whether_the_connection_stays) {
  const auto keeps = [](const std::string& rest) {
    return ParsedRequest{"GET / HTTP/1." + rest + "\r\n\r\n"}.head.keep_alive;
  };

  EXPECT_TRUE(keeps("1\r\nHost: a"));
  EXPECT_FALSE(keeps("1\r\nHost: a\r\nConnection: close"));
  EXPECT_FALSE(keeps("1\r\nHost: a\r\nConnection: x, CLOSE"));
  EXPECT_FALSE(keeps("1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close"));
  EXPECT_TRUE(keeps("0\r\nConnection: Keep-Alive"));
  EXPECT_FALSE(keeps("0\r\nConnection: keep-alive, close"));
}

TEST(RequestHead, is_framed_by_its_fields) {
  const ParsedRequest none{post_with("")};
  const ParsedRequest zero{post_with("Content-Length: 0\r\n")};
  const ParsedRequest length{post_with("content-LENGTH: 9223372036854775807\r\n")};
  const ParsedRequest chunked{post_with("Transfer-Encoding: CHUNKED\r\n")};

  EXPECT_EQ(none.head.framing, Framing::none);
  EXPECT_EQ(zero.head.framing, Framing::none);
  EXPECT_EQ(length.head.framing, Framing::length);
  EXPECT_EQ(length.head.content_length, 9223372036854775807u);
  EXPECT_EQ(chunked.head.framing, Framing::chunked);
}

TEST(RequestHead, of_http_1_0_may_have_a_body_with_post_or_an_empty_one_with_get) {
  EXPECT_EQ(request_error("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n"), HeadError::none);
  EXPECT_EQ(request_error("GET / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"), HeadError::none);
}

TEST(RequestHead, expects_continue_only_in_http_1_1) {
  EXPECT_TRUE(ParsedRequest{post_with("Expect: 100-Continue\r\n")}.head.expects_continue);
  EXPECT_FALSE(
      ParsedRequest{"POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"}.head.expects_continue);
}

TEST(RequestHead, wants_an_upgrade_only_if_both_fields_and_the_version_say_so) {
  const auto wants = [](const std::string& rest) {
    return ParsedRequest{"GET / HTTP/1." + rest + "\r\n\r\n"}.head.wants_upgrade;
  };

  EXPECT_TRUE(wants("1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade"));
  EXPECT_FALSE(wants("1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive"));
  EXPECT_FALSE(wants("1\r\nHost: a\r\nConnection: upgrade"));
  EXPECT_FALSE(wants("1\r\nHost: a\r\nUpgrade:\r\nConnection: upgrade"));
  EXPECT_FALSE(wants("0\r\nUpgrade: websocket\r\nConnection: upgrade"));
}

TEST(RequestHead, notices_nominated_fields) {
  EXPECT_TRUE(ParsedRequest{post_with("Connection: close, x-y\r\n")}.head.has_connection_options);
  EXPECT_FALSE(ParsedRequest{post_with("Connection: close, keep-alive,,upgrade\r\n")}
                   .head.has_connection_options);
}

TEST(RequestHead, lets_tabs_and_high_bytes_stand_in_values) {
  const ParsedRequest parsed{post_with("X: a\tb \xc3\xa4\xff 0123456789abcdef\r\nY:\r\n")};

  ASSERT_EQ(parsed.outcome.error, HeadError::none);
  EXPECT_EQ(parsed.head.fields[1].value, "a\tb \xc3\xa4\xff 0123456789abcdef");
  EXPECT_EQ(parsed.head.fields[2].value, "");
}

TEST(RequestHead, accepts_bare_line_feeds_only_if_told_to) {
  const std::string bytes = "GET / HTTP/1.1\nHost: a\n\n";

  EXPECT_EQ(request_error(bytes), HeadError::bare_line_feed);
  EXPECT_EQ(request_error(bytes, {.allow_bare_lf = true}), HeadError::none);
}

TEST(RequestHead, comes_out_the_same_however_it_is_split) {
  const std::string bytes =
      "\r\nPOST /a?b HTTP/1.1\r\nHost: a\r\nCookie: uid=0123456789abcdef0123\r\n"
      "Content-Length: 3\r\n\r\nabc";
  const ParsedRequest whole{bytes};
  for (std::size_t first = 1; first < whole.outcome.head_bytes; ++first) {
    for (std::size_t second = first + 1; second < whole.outcome.head_bytes; ++second) {
      RequestHead head;
      std::size_t scanned = 0;
      const std::string_view view{bytes};
      ASSERT_EQ(parse_request_head(view.substr(0, first), {}, scanned, head).status,
                HeadStatus::need_more);
      ASSERT_EQ(parse_request_head(view.substr(0, second), {}, scanned, head).status,
                HeadStatus::need_more);
      const HeadOutcome outcome = parse_request_head(view, {}, scanned, head);
      ASSERT_EQ(outcome.status, HeadStatus::done);
      ASSERT_EQ(outcome.head_bytes, whole.outcome.head_bytes);
      ASSERT_EQ(head.fields.size(), 3u);
      ASSERT_EQ(head.content_length, 3u);
      ASSERT_EQ(scanned, 0u);
    }
  }
}

TEST(RequestHead, keeps_its_memory_between_requests) {
  ParsedRequest parsed{post_with("A: b\r\nC: d\r\n")};
  const Field* const before = parsed.head.fields.data();

  parse_request_head(parsed.bytes, {}, parsed.scanned, parsed.head);

  EXPECT_EQ(parsed.head.fields.data(), before);
  EXPECT_EQ(parsed.head.fields.size(), 3u);
}

TEST(FieldIds, are_found_whatever_the_case_of_the_name) {
  for (int i = 1; i <= static_cast<int>(FieldId::x_request_id); ++i) {
    const auto id = static_cast<FieldId>(i);
    std::string name{name_of(id)};
    EXPECT_EQ(field_id(name), id) << name;
    for (char& c : name) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(field_id(name), id) << name;
  }
}

TEST(FieldIds, are_not_given_to_names_that_differ_in_one_character) {
  for (int i = 1; i <= static_cast<int>(FieldId::x_request_id); ++i) {
    const std::string name{name_of(static_cast<FieldId>(i))};
    for (std::size_t at = 0; at < name.size(); ++at) {
      for (int code = 0x21; code < 0x100; ++code) {
        std::string other = name;
        other[at] = static_cast<char>(code);
        const FieldId expected = iequals(other, name) ? static_cast<FieldId>(i) : FieldId::other;
        EXPECT_EQ(field_id(other), expected) << other;
      }
    }
  }
}

TEST(FieldNames, are_tokens_wherever_the_byte_stands) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  for (const std::size_t length : {1, 3, 15, 16, 17, 33}) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int code = 0; code < 0x100; ++code) {
        const char c = static_cast<char>(code);
        const bool is_token =
            code < 0x80 && ((code != 0 && kMarks.find(c) != kMarks.npos) || std::isalnum(code));
        std::string name(length, 'x');
        name[at] = c;
        const std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\n" + name + ": 1234567890\r\n\r\n";
        // A colon further on ends the name earlier; it is still a name.
        const bool accepted = is_token || (c == ':' && at > 0);
        EXPECT_EQ(ParsedRequest{bytes}.outcome.status == HeadStatus::done, accepted)
            << "byte " << code << " at " << at << " of " << length;
      }
    }
  }
}

TEST(FieldIds, are_not_given_to_similar_names) {
  for (const char* name :
       {"", "Hos", "Hosts", "Content_Length", "X-Forwarded-Fo", "Cookie2", "T"}) {
    EXPECT_EQ(field_id(name), FieldId::other) << name;
  }
}

}  // namespace
}  // namespace pushgate::http
