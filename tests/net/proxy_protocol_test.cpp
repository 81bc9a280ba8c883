#include "pushgate/net/proxy_protocol.hpp"

#include <string>

#include <gtest/gtest.h>

namespace pushgate::net {
namespace {

using namespace std::string_literals;

// The bytes below follow the specification's own tables (sections 2.1 and 2.2), written by hand.
const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string kInet = kSignature + "\x21\x11\x00\x0c"s + "\xc0\x00\x02\x01"s +
                          "\x0a\x00\x00\x07"s + "\xdd\xd5\x17\x73"s;
const std::string kInet6 = kSignature + "\x21\x21\x00\x24"s +
                           "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"s +
                           "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"s +
                           "\x01\x00\x01\xbb"s;
const std::string kLocal = kSignature + "\x20\x00\x00\x00"s;

std::string source_of(const ProxyHeader& header) {
  return header.source ? header.source->to_string() : "none";
}
std::string destination_of(const ProxyHeader& header) {
  return header.destination ? header.destination->to_string() : "none";
}
bool is_bad(std::string_view bytes) {
  return parse_proxy_header(bytes).status == ProxyHeaderStatus::bad;
}
bool is_done(std::string_view bytes) {
  return parse_proxy_header(bytes).status == ProxyHeaderStatus::done;
}
bool wants_more(std::string_view bytes) {
  return parse_proxy_header(bytes).status == ProxyHeaderStatus::need_more;
}
/// A v2 PROXY header over IPv4 with these bytes behind the addresses.
std::string inet_with_tlvs(const std::string& tlvs) {
  std::string header = kInet + tlvs;
  const std::size_t block = 12 + tlvs.size();
  header[14] = static_cast<char>(block >> 8);
  header[15] = static_cast<char>(block & 0xff);
  return header;
}

// ---- version 1
// -----------------------------------------------------------------------------------

TEST(ProxyProtocolV1, NamesTheClientOfAnIpv4Connection) {
  const auto header =
      parse_proxy_header("PROXY TCP4 192.0.2.1 10.0.0.7 56789 6003\r\nGET / HTTP/1.1\r\n");

  ASSERT_EQ(header.status, ProxyHeaderStatus::done);
  EXPECT_EQ(header.header_bytes, 42u);
  EXPECT_EQ(source_of(header), "192.0.2.1:56789");
  EXPECT_EQ(destination_of(header), "10.0.0.7:6003");
}

TEST(ProxyProtocolV1, NamesTheClientOfAnIpv6Connection) {
  const auto header = parse_proxy_header("PROXY TCP6 2001:db8::1 2001:DB8::2 256 443\r\n");

  ASSERT_EQ(header.status, ProxyHeaderStatus::done);
  EXPECT_EQ(source_of(header), "[2001:db8::1]:256");
  EXPECT_EQ(destination_of(header), "[2001:db8::2]:443");
}

TEST(ProxyProtocolV1, ReadsAMappedAddressAsTheIpv4AddressThatItMeans) {
  const auto header = parse_proxy_header("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n");

  EXPECT_EQ(source_of(header), "192.0.2.1:1");
}

TEST(ProxyProtocolV1, AcceptsTheLongestHeaderOfTheSpecification) {
  const std::string full = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  const std::string longest = "PROXY TCP6 " + full + " " + full + " 65535 65535\r\n";
  const std::string longest_unknown = "PROXY UNKNOWN " + full + " " + full + " 65535 65535\r\n";

  EXPECT_EQ(longest.size(), 104u);
  EXPECT_TRUE(is_done(longest));
  EXPECT_EQ(longest_unknown.size(), kMaxProxyV1Bytes);
  EXPECT_TRUE(is_done(longest_unknown));
}

TEST(ProxyProtocolV1, LeavesAnUnknownClientToTheSocket) {
  for (const std::string text : {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN any thing  at all\r\n"}) {
    const auto header = parse_proxy_header(text + "GET");

    EXPECT_EQ(header.status, ProxyHeaderStatus::done) << text;
    EXPECT_EQ(header.header_bytes, text.size());
    EXPECT_EQ(source_of(header), "none");
    EXPECT_EQ(destination_of(header), "none");
  }
}

TEST(ProxyProtocolV1, WantsMoreBytesAtEverySplit) {
  for (const std::string header :
       {"PROXY TCP4 192.0.2.1 10.0.0.7 56789 6003\r\n", "PROXY UNKNOWN\r\n"}) {
    for (std::size_t length = 0; length < header.size(); ++length) {
      EXPECT_TRUE(wants_more(std::string_view{header}.substr(0, length))) << length;
    }
    EXPECT_TRUE(is_done(header));
  }
}

TEST(ProxyProtocolV1, RefusesALineThatDoesNotEndInTime) {
  const std::string open = "PROXY UNKNOWN " + std::string(92, 'x');

  EXPECT_TRUE(wants_more(open));
  EXPECT_TRUE(is_bad(open + "x"));
  EXPECT_TRUE(is_bad(open + "x\r\n"));
}

TEST(ProxyProtocolV1, RefusesEveryOtherSpelling) {
  for (const char* const text : {
           "PROXY TCP4 192.0.2.1 10.0.0.7 56789 6003\n",        // bare LF
           "PROXY TCP4 192.0.2.1 10.0.0.7 56789 6003 \r\n",     // trailing space
           "PROXY TCP4  192.0.2.1 10.0.0.7 56789 6003\r\n",     // two spaces
           "PROXY TCP4 192.0.2.1 10.0.0.7  56789 6003\r\n",     // two spaces
           "PROXY\tTCP4 192.0.2.1 10.0.0.7 56789 6003\r\n",     // tab
           "PROXY TCP4 192.0.2.1 10.0.0.7 56789\r\n",           // a part too few
           "PROXY TCP4 192.0.2.1 10.0.0.7 56789 6003 1\r\n",    // a part too many
           "PROXY TCP4 192.0.2.1 10.0.0.7 056789 6003\r\n",     // leading zero
           "PROXY TCP4 192.0.2.1 10.0.0.7 00 6003\r\n",         // leading zero
           "PROXY TCP4 192.0.2.1 10.0.0.7 65536 6003\r\n",      // too large
           "PROXY TCP4 192.0.2.1 10.0.0.7 +1 6003\r\n",         // sign
           "PROXY TCP4 192.0.2.1 10.0.0.7 -1 6003\r\n",         // sign
           "PROXY TCP4 192.0.2.1 10.0.0.7 0x10 6003\r\n",       // not decimal
           "PROXY TCP4 192.0.2.01 10.0.0.7 56789 6003\r\n",     // octal-looking
           "PROXY TCP4 192.0.2 10.0.0.7 56789 6003\r\n",        // three numbers
           "PROXY TCP4 192.0.2.256 10.0.0.7 56789 6003\r\n",    // too large
           "PROXY TCP4 ::1 ::2 56789 6003\r\n",                 // the other family
           "PROXY TCP6 192.0.2.1 10.0.0.7 56789 6003\r\n",      // the other family
           "PROXY TCP6 [2001:db8::1] 2001:db8::2 256 443\r\n",  // brackets
           "PROXY TCP6 fe80::1%eth0 2001:db8::2 256 443\r\n",   // zone
           "PROXY TCP5 192.0.2.1 10.0.0.7 56789 6003\r\n",      // family
           "PROXY tcp4 192.0.2.1 10.0.0.7 56789 6003\r\n",      // case
           "PROXY UNKNOWNS\r\n",                                // family
           "PROXY UDP4 192.0.2.1 10.0.0.7 56789 6003\r\n",      // not in version 1
           "PROXY \r\n",                                        // nothing
           "PROXY TCP4 192.0.2.1\r10.0.0.7 56789 6003\r\n",     // CR inside
           "PROXY UNKNOWN\r\r\n",                               // CR inside
           "\nPROXY UNKNOWN\r\n",                               // before it
       }) {
    EXPECT_TRUE(is_bad(text)) << text;
  }
}

TEST(ProxyProtocol, RefusesTheFirstByteOfAnythingElse) {
  EXPECT_TRUE(is_bad("G"));
  EXPECT_TRUE(is_bad("PROXX"));
  EXPECT_TRUE(is_bad("proxy TCP4"));
  EXPECT_TRUE(is_bad("\r\n\r\nG"));
  EXPECT_TRUE(is_bad("\x16\x03\x01"));
}

// ---- version 2
// -----------------------------------------------------------------------------------

TEST(ProxyProtocolV2, NamesTheClientOfAnIpv4Connection) {
  const auto header = parse_proxy_header(kInet + "GET / HTTP/1.1\r\n");

  ASSERT_EQ(header.status, ProxyHeaderStatus::done);
  EXPECT_EQ(header.header_bytes, 28u);
  EXPECT_EQ(source_of(header), "192.0.2.1:56789");
  EXPECT_EQ(destination_of(header), "10.0.0.7:6003");
}

TEST(ProxyProtocolV2, NamesTheClientOfAnIpv6Connection) {
  const auto header = parse_proxy_header(kInet6);

  ASSERT_EQ(header.status, ProxyHeaderStatus::done);
  EXPECT_EQ(header.header_bytes, 52u);
  EXPECT_EQ(source_of(header), "[2001:db8::1]:256");
  EXPECT_EQ(destination_of(header), "[2001:db8::2]:443");
}

TEST(ProxyProtocolV2, ReadsDatagramFamiliesByTheirAddresses) {
  std::string udp4 = kInet;
  udp4[13] = 0x12;
  std::string udp6 = kInet6;
  udp6[13] = 0x22;

  EXPECT_EQ(source_of(parse_proxy_header(udp4)), "192.0.2.1:56789");
  EXPECT_EQ(source_of(parse_proxy_header(udp6)), "[2001:db8::1]:256");
}

TEST(ProxyProtocolV2, LeavesALocalConnectionToTheSocket) {
  const auto header = parse_proxy_header(kLocal + "GET");

  EXPECT_EQ(header.status, ProxyHeaderStatus::done);
  EXPECT_EQ(header.header_bytes, 16u);
  EXPECT_EQ(source_of(header), "none");
}

TEST(ProxyProtocolV2, SkipsTheBlockOfALocalConnectionWhateverItsFamily) {
  const std::string local = kSignature + "\x20\xff\x00\x03"s + "abc";

  const auto header = parse_proxy_header(local + "GET");

  EXPECT_EQ(header.status, ProxyHeaderStatus::done);
  EXPECT_EQ(header.header_bytes, local.size());
  EXPECT_EQ(source_of(header), "none");
}

TEST(ProxyProtocolV2, LeavesAnUnspecifiedFamilyToTheSocket) {
  const auto header = parse_proxy_header(kSignature + "\x21\x00\x00\x02"s + "xy");

  EXPECT_EQ(header.status, ProxyHeaderStatus::done);
  EXPECT_EQ(header.header_bytes, 18u);
  EXPECT_EQ(source_of(header), "none");
}

TEST(ProxyProtocolV2, LeavesAUnixSocketToTheSocket) {
  for (const char family : {'\x31', '\x32'}) {
    const std::string bytes =
        kSignature + "\x21"s + family + "\x00\xd8"s + "/run/client.sock" + std::string(200, '\0');

    const auto header = parse_proxy_header(bytes);

    EXPECT_EQ(header.status, ProxyHeaderStatus::done);
    EXPECT_EQ(header.header_bytes, 16u + 216u);
    EXPECT_EQ(source_of(header), "none");
  }
}

TEST(ProxyProtocolV2, StepsOverTlvs) {
  // PP2_TYPE_ALPN "h2", PP2_TYPE_CRC32C with a wrong sum, PP2_TYPE_NOOP of no bytes.
  const std::string bytes =
      inet_with_tlvs("\x01\x00\x02h2\x03\x00\x04\xde\xad\xbe\xef\x04\x00\x00"s);

  const auto header = parse_proxy_header(bytes + "GET");

  ASSERT_EQ(header.status, ProxyHeaderStatus::done);
  EXPECT_EQ(header.header_bytes, bytes.size());
  EXPECT_EQ(source_of(header), "192.0.2.1:56789");
}

TEST(ProxyProtocolV2, RefusesATlvThatReachesBeyondTheBlock) {
  EXPECT_TRUE(is_bad(inet_with_tlvs("\x01"s)));
  EXPECT_TRUE(is_bad(inet_with_tlvs("\x01\x00"s)));
  EXPECT_TRUE(is_bad(inet_with_tlvs("\x01\x00\x03h2"s)));
  EXPECT_TRUE(is_bad(inet_with_tlvs("\x01\xff\xffh2"s)));
}

TEST(ProxyProtocolV2, WantsMoreBytesAtEverySplit) {
  for (const std::string& header : {kInet, kInet6, kLocal, inet_with_tlvs("\x01\x00\x02h2"s)}) {
    for (std::size_t length = 0; length < header.size(); ++length) {
      EXPECT_TRUE(wants_more(std::string_view{header}.substr(0, length))) << length;
    }
    EXPECT_TRUE(is_done(header));
  }
}

TEST(ProxyProtocolV2, RefusesAnUnknownVersionOrCommandAtOnce) {
  for (const char byte : {'\x00', '\x01', '\x11', '\x22', '\x2f', '\x31'}) {
    EXPECT_TRUE(is_bad(kSignature + byte)) << static_cast<int>(byte);
  }
}

TEST(ProxyProtocolV2, RefusesAnUnassignedFamilyAtOnce) {
  for (const char byte : {'\x01', '\x02', '\x10', '\x13', '\x20', '\x23', '\x30', '\x41'}) {
    EXPECT_TRUE(is_bad(kSignature + '\x21' + byte)) << static_cast<int>(byte);
  }
}

TEST(ProxyProtocolV2, RefusesABlockShorterThanItsAddresses) {
  EXPECT_TRUE(is_bad(kSignature + "\x21\x11\x00\x0b"s));
  EXPECT_TRUE(is_bad(kSignature + "\x21\x21\x00\x23"s));
  EXPECT_TRUE(is_bad(kSignature + "\x21\x31\x00\xd7"s));
}

TEST(ProxyProtocolV2, RefusesAHeaderAboveTheLimitBeforeItHasArrived) {
  EXPECT_TRUE(is_bad(kSignature + "\x21\x11\xff\xff"s));
  EXPECT_EQ(parse_proxy_header(kInet, 28).status, ProxyHeaderStatus::done);
  EXPECT_EQ(parse_proxy_header(kInet, 27).status, ProxyHeaderStatus::bad);
}

}  // namespace
}  // namespace pushgate::net
