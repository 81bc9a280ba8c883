// Which fields end at this hop.

#include "pushgate/http/hop_by_hop.hpp"

#include <gtest/gtest.h>

#include "heads.hpp"

namespace pushgate::http {
namespace {

TEST(HopByHop, covers_the_fields_of_the_connection) {
  for (const char* name :
       {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Transfer-Encoding", "Upgrade",
        "HTTP2-Settings", "Proxy-Authorization", "Proxy-Authenticate", "Trailer"}) {
    EXPECT_TRUE(is_hop_by_hop(field_id(name))) << name;
  }
}

TEST(HopByHop, leaves_end_to_end_fields_alone) {
  for (const char* name : {"Host", "Content-Length", "Cookie", "Set-Cookie", "Authorization",
                           "Date", "Sec-WebSocket-Key", "Origin", "X-Anything"}) {
    EXPECT_FALSE(is_hop_by_hop(field_id(name))) << name;
  }
}

TEST(HopByHop, lets_trailer_pass_where_trailers_pass) {
  EXPECT_FALSE(is_hop_by_hop(FieldId::trailer, true));
}

TEST(ConnectionOptions, nominate_fields_that_the_proxy_does_not_know) {
  const ParsedRequest parsed{post_with(
      "Connection: close, X-One\r\nConnection: x-two,\r\nx-ONE: 1\r\nX-Two: 2\r\nX-Three: "
      "3\r\n")};
  const ConnectionOptions options{parsed.head.fields};

  std::string nominated;
  for (const Field& field : parsed.head.fields) {
    if (options.nominates(field)) nominated += field.name;
  }

  EXPECT_EQ(nominated, "x-ONEX-Two");
}

TEST(ConnectionOptions, cannot_take_away_what_nodes_decide_by) {
  const ParsedRequest parsed{
      post_with("Connection: Host, Content-Length, Cookie, Authorization, X-Forwarded-For, "
                "X-Forwarded-Host, X-Forwarded-Proto, Forwarded, Origin, X-Request-Id, "
                "Sec-WebSocket-Key\r\nContent-Length: 1\r\nCookie: a=b\r\nAuthorization: c\r\n"
                "X-Forwarded-For: d\r\nX-Forwarded-Host: e\r\nX-Forwarded-Proto: f\r\n"
                "Forwarded: g\r\nOrigin: h\r\nX-Request-Id: i\r\nSec-WebSocket-Key: j\r\n")};
  ASSERT_EQ(parsed.outcome.error, HeadError::none);
  const ConnectionOptions options{parsed.head.fields};

  for (const Field& field : parsed.head.fields)
    EXPECT_FALSE(options.nominates(field)) << field.name;
}

TEST(ConnectionOptions, find_an_unknown_field_behind_sixteen_known_ones) {
  std::string names;
  for (int i = 0; i < 15; ++i) names += "Cookie, ";
  const ParsedRequest parsed{post_with("Connection: " + names + "X-Last\r\nX-Last: 1\r\n")};
  ASSERT_EQ(parsed.outcome.error, HeadError::none);

  EXPECT_TRUE(ConnectionOptions{parsed.head.fields}.nominates(parsed.head.fields.back()));
}

TEST(ConnectionOptions, are_read_from_a_combined_value_too) {
  const ConnectionOptions options{"close, X-Sum,,x-other"};

  EXPECT_TRUE(options.nominates({"x-sum", "1", FieldId::other}));
  EXPECT_TRUE(options.nominates({"X-Other", "1", FieldId::other}));
  EXPECT_FALSE(options.nominates({"X-Third", "1", FieldId::other}));
}

TEST(Aliases, are_names_with_underscores_for_hyphens) {
  EXPECT_TRUE(is_same_or_alias("x_pushgate-UID", "X-Pushgate-Uid"));
  EXPECT_TRUE(is_same_or_alias("x-pushgate-uid", "X-Pushgate-Uid"));
  EXPECT_FALSE(is_same_or_alias("x-pushgate-ui", "X-Pushgate-Uid"));
  EXPECT_FALSE(is_same_or_alias("xxpushgate-uid", "X-Pushgate-Uid"));
}

TEST(Aliases, of_known_fields_are_noticed) {
  EXPECT_TRUE(is_alias_of_known_field("Content_Length"));
  EXPECT_TRUE(is_alias_of_known_field("x_forwarded-for"));
  EXPECT_TRUE(is_alias_of_known_field("SEC_WEBSOCKET_EXTENSIONS"));
  EXPECT_FALSE(is_alias_of_known_field("Content-Length"));
  EXPECT_FALSE(is_alias_of_known_field("X_Anything"));
  EXPECT_FALSE(is_alias_of_known_field("sec_websocket_extensions_and_more"));
}

TEST(Trailers, may_not_steer_the_message) {
  for (const char* name : {"Content-Length",
                           "Transfer-Encoding",
                           "Host",
                           "Cookie",
                           "Set-Cookie",
                           "Authorization",
                           "Trailer",
                           "X-Forwarded-For",
                           "X-Request-Id",
                           "Connection",
                           "TE",
                           "Date",
                           "Age",
                           "Cache-Control",
                           "Content-Encoding",
                           "Content-Range",
                           "content-type",
                           "Expires",
                           "If-Match",
                           "If-Modified-Since",
                           "If-None-Match",
                           "If-Range",
                           "If-Unmodified-Since",
                           "Location",
                           "Max-Forwards",
                           "Pragma",
                           "Range",
                           "Retry-After",
                           "Vary",
                           "WWW-Authenticate",
                           "Warning"}) {
    EXPECT_FALSE(may_be_trailer(name)) << name;
  }
  for (const char* name : {"Server-Timing", "Server", "Content-Digest", "X-Sum", "Grpc-Status"}) {
    EXPECT_TRUE(may_be_trailer(name)) << name;
  }
}

TEST(Trailers, may_not_steer_the_message_under_an_alias_either) {
  for (const char* name : {"Content_Length", "x_request_id", "CONTENT_TYPE"}) {
    EXPECT_FALSE(may_be_trailer(name)) << name;
  }
}

}  // namespace
}  // namespace pushgate::http
