// smuggling_test.cpp - requests that two parsers could read differently: each is refused, the
// connection closed, and not one byte of it reaches a node.

#include <string>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

struct Ambiguous {
  const char* name;
  int status;
  const char* rule;
  std::string request;
};

/// A request with these further header lines and this body.
std::string post(const std::string& fields, const std::string& body = {}) {
  return "POST /?uid=u HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

std::string chunks(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

std::string upgrade(const std::string& fields, const std::string& body = {}) {
  return "GET /?uid=u HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
         fields + "\r\n" + body;
}

std::string many_fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "X-" + std::to_string(i) + ": v\r\n";
  return fields;
}

const std::string kKey =
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

const std::vector<Ambiguous> kTable = {
    // ---- framing
    {"LengthAndChunked", 400, "conflicting_framing",
     post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"ChunkedAndLength", 400, "conflicting_framing",
     post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
    {"LengthZeroAndChunked", 400, "conflicting_framing",
     post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"GzipThenChunked", 501, "unknown_transfer_coding",
     post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
    {"ChunkedTwice", 400, "bad_transfer_coding",
     post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
    {"ChunkedInTwoLines", 400, "bad_transfer_coding",
     post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"ChunkedNotLast", 400, "bad_transfer_coding",
     post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
    {"IdentityHidingChunked", 400, "bad_transfer_coding",
     post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")},
    {"AlmostChunked", 400, "bad_transfer_coding",
     post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
    {"EmptyCoding", 400, "bad_transfer_coding", post("Transfer-Encoding:\r\n", "0\r\n\r\n")},
    {"ChunkedWithVerticalTab", 400, "bad_field_value",
     post("Transfer-Encoding: \x0b"
          "chunked\r\n",
          "0\r\n\r\n")},
    {"ChunkedInHttp10", 400, "transfer_encoding_in_http10",
     "POST /?uid=u HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"TwoLengths", 400, "bad_content_length",
     post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab")},
    {"TheSameLengthTwice", 400, "bad_content_length",
     post("Content-Length: 2\r\nContent-Length: 2\r\n", "ab")},
    {"ListOfLengths", 400, "bad_content_length", post("Content-Length: 2, 2\r\n", "ab")},
    {"EmptyLength", 400, "bad_content_length", post("Content-Length:\r\n", "ab")},
    {"SignedLength", 400, "bad_content_length", post("Content-Length: +2\r\n", "ab")},
    {"NegativeLength", 400, "bad_content_length", post("Content-Length: -1\r\n", "ab")},
    {"HexadecimalLength", 400, "bad_content_length", post("Content-Length: 0x2\r\n", "ab")},
    {"LengthWithLeadingZero", 400, "bad_content_length", post("Content-Length: 02\r\n", "ab")},
    {"LengthBeyond64Bits", 400, "bad_content_length",
     post("Content-Length: 18446744073709551618\r\n", "ab")},
    {"GetWithBodyInHttp10", 413, "body_in_http10_get",
     "GET /?uid=u HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"},
    // ---- field lines
    {"SpaceBeforeColon", 400, "bad_field_name",
     post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
    {"FoldedLine", 400, "obsolete_folding",
     post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
    {"EmptyFieldName", 400, "bad_field_name", post(": hidden\r\nContent-Length: 2\r\n", "ab")},
    {"LineWithoutColon", 400, "bad_field_name", post("Content-Length\r\n")},
    {"BareLineFeedInHead", 400, "bare_line_feed",
     "POST /?uid=u HTTP/1.1\r\nHost: a\r\nX: y\nContent-Length: 2\r\n\r\nab"},
    {"BareCarriageReturnInValue", 400, "bad_field_value",
     post("X: y\rContent-Length: 2\r\n", "ab")},
    {"NulInValue", 400, "bad_field_value", post(std::string{"X: a\0b\r\n", 8})},
    {"TooManyFields", 431, "too_many_fields", post(many_fields(100))},
    {"HeadTooLarge", 431, "head_too_large", post("X: " + std::string(17'000, 'x') + "\r\n")},
    // ---- host and target
    {"NoHost", 400, "missing_host", "GET /?uid=u HTTP/1.1\r\n\r\n"},
    {"TwoHosts", 400, "duplicate_host", post("Host: b\r\n")},
    {"TheSameHostTwice", 400, "duplicate_host", post("Host: a\r\n")},
    {"HostWithComma", 400, "bad_host", "GET /?uid=u HTTP/1.1\r\nHost: a,b\r\n\r\n"},
    {"HostWithUserinfo", 400, "bad_host", "GET /?uid=u HTTP/1.1\r\nHost: me@a\r\n\r\n"},
    {"HostWithPortZero", 400, "bad_host", "GET /?uid=u HTTP/1.1\r\nHost: a:0\r\n\r\n"},
    {"HostWithPortTooLarge", 400, "bad_host", "GET /?uid=u HTTP/1.1\r\nHost: a:65536\r\n\r\n"},
    {"HostWithSlash", 400, "bad_host", "GET /?uid=u HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {"TargetOfAnotherHost", 400, "host_mismatch",
     "GET http://b/?uid=u HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"FragmentInTarget", 400, "bad_target", "GET /?uid=u#/admin HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"SpaceInTarget", 400, "bad_version", "GET /?uid=u /b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"TabInRequestLine", 400, "bad_method", "GET\t/?uid=u HTTP/1.1\r\nHost: a\r\n\r\n"},
    // ---- method and version
    {"Connect", 405, "method_not_allowed", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"Trace", 405, "method_not_allowed", "TRACE /?uid=u HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"Http2Preface", 505, "unsupported_version", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {"Http09", 400, "bad_version", "GET /?uid=u HTTP/0.9\r\nHost: a\r\n\r\n"},
    {"LowerCaseHttp", 400, "bad_version", "GET /?uid=u http/1.1\r\nHost: a\r\n\r\n"},
    {"UnknownExpectation", 417, "bad_expect", post("Expect: 200-ok\r\n")},
    // ---- chunks
    {"ChunkLineEndsWithLineFeed", 400, "bad_chunk_line_end", chunks("2\nab\r\n0\r\n\r\n")},
    {"ChunkDataEndsWithLineFeed", 400, "bad_chunk_line_end", chunks("2\r\nab\n0\r\n\r\n")},
    {"ChunkSizeEmpty", 400, "bad_chunk_size", chunks("\r\nab\r\n0\r\n\r\n")},
    {"ChunkSizeNotHexadecimal", 400, "bad_chunk_size", chunks("g\r\nab\r\n0\r\n\r\n")},
    {"ChunkSizeWithPrefix", 400, "bad_chunk_size", chunks("0x2\r\nab\r\n0\r\n\r\n")},
    {"ChunkSizeOfFourteenDigits", 400, "bad_chunk_size",
     chunks("00000000000002\r\nab\r\n0\r\n\r\n")},
    {"ChunkSizeWithSpace", 400, "bad_chunk_size", chunks("2 \r\nab\r\n0\r\n\r\n")},
    {"ChunkExtensionUnquoted", 400, "bad_chunk_extension", chunks("2;a=\"b\r\nab\r\n0\r\n\r\n")},
    {"TrailerWithoutColon", 400, "bad_trailer", chunks("0\r\nnonsense\r\n\r\n")},
    // ---- upgrades
    {"WebSocketWithoutKey", 400, "bad_handshake", upgrade("Sec-WebSocket-Version: 13\r\n")},
    {"WebSocketWithShortKey", 400, "bad_handshake",
     upgrade("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2hvcnQ=\r\n")},
    {"WebSocketWithTwoKeys", 400, "bad_handshake",
     upgrade(kKey + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n")},
    {"WebSocketOfAnOldVersion", 426, "upgrade_required",
     upgrade("Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")},
    {"WebSocketWithoutVersion", 426, "upgrade_required",
     upgrade("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")},
    {"WebSocketWithBody", 400, "bad_handshake", upgrade(kKey + "Content-Length: 2\r\n", "ab")},
    {"WebSocketWithChunkedBody", 400, "bad_handshake",
     upgrade(kKey + "Transfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"WebSocketByPost", 400, "bad_handshake",
     "POST /?uid=u HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + kKey +
         "\r\n"},
};

class Smuggling : public testing::TestWithParam<Ambiguous> {
 protected:
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
};

TEST_P(Smuggling, IsRefusedAndNoByteOfItReachesANode) {
  client.send(GetParam().request + get("/smuggled?uid=victim"));

  const HttpMessage answer = read_response(client);

  EXPECT_EQ(answer.status(), GetParam().status);
  EXPECT_EQ(answer.field("Connection").substr(0, 5), "close");
  EXPECT_NE(answer.body.find("\"rule\":\"" + std::string{GetParam().rule} + '"'), std::string::npos)
      << answer.body;
  EXPECT_EQ(client.read_to_end(), "") << "what stands behind a refused request must not be served";
  EXPECT_EQ(client.end(), StreamEnd::closed);
  EXPECT_EQ(upstream.everything_received(), "");
}

INSTANTIATE_TEST_SUITE_P(Table, Smuggling, testing::ValuesIn(kTable),
                         [](const auto& test) { return std::string{test.param.name}; });

class LateChunk : public testing::Test {
 protected:
  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint())}};
  RawStream client = agent.connect();
};

TEST_F(LateChunk, ThatIsMalformedIsRefusedAndTheNodesConnectionReset) {
  client.send(chunks("2\r\nab\r\n"));
  RawStream node = upstream.accept();
  read_request_head(node);
  node.read_until("2\r\nab\r\n");

  client.send("2\nXY\r\n0\r\n\r\n" + get("/smuggled?uid=victim"));
  const HttpMessage answer = read_response(client);

  EXPECT_EQ(answer.status(), 400);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(node.read_to_end(), "") << "nothing behind the mistake may reach the node";
  EXPECT_EQ(node.end(), StreamEnd::reset) << "nor may the request look complete to it";
  EXPECT_FALSE(upstream.has_caller());
}

TEST_F(LateChunk, WithTooLongAnExtensionIsRefusedAndTheNodesConnectionReset) {
  client.send(chunks("2;a="));
  RawStream node = upstream.accept();
  read_request_head(node);
  client.send(std::string(5'000, 'x'));

  EXPECT_EQ(read_response(client).status(), 400);
  EXPECT_EQ(node.read_to_end(), "");
  EXPECT_EQ(node.end(), StreamEnd::reset);
}

TEST(BareLineFeed, IsAcceptedInHeadsWhereTheConfigurationSaysSoAndNormalised) {
  ScriptedUpstream upstream;
  AgentUnderTest agent{
      {.router = one_node(upstream.endpoint()), .settings = R"("http":{"allowBareLf":true})"}};
  RawStream client = agent.connect();
  client.send("GET /?uid=u HTTP/1.1\nHost: a\nX-One: 1\nX-Two: 2\n\n");
  RawStream node = upstream.accept();

  const HttpMessage request = read_request(node);

  EXPECT_EQ(request.head.find("1\nX"), std::string::npos);
  EXPECT_EQ(request.field("X-One"), "1");
  EXPECT_EQ(request.field("X-Two"), "2");
}

}  // namespace
}  // namespace pushgate::test
