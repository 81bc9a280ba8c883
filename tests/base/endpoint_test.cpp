// endpoint_test.cpp - socket addresses: their spelling, and what the kernel is given.

#include "pushgate/base/endpoint.hpp"

#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <gtest/gtest.h>

#include "pushgate/base/unique_fd.hpp"

#include "support/temp_folder.hpp"

namespace pushgate::test {
namespace {

TEST(Endpoint, EverySpellingIsReadBackAsItWas) {
  for (const char* text : {"127.0.0.1:4000", "0.0.0.0:0", "[::1]:65535", "[2001:db8::7]:80",
                           "unix:/run/x.sock", "unix:relative.sock"}) {
    const auto endpoint = Endpoint::parse(text);

    ASSERT_TRUE(endpoint.has_value()) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
}

TEST(Endpoint, WhatIsNoAddressWithAPortIsRefused) {
  for (const char* text :
       {"", ":", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:+1", "127.0.0.1: 1", "127.0.0.1:1 ", "::1:80", "[::1]", "[::1]80", "[]:80",
        "[::1:80", "host:80", "127.0.0.1:0x50", "unix:"}) {
    EXPECT_FALSE(Endpoint::parse(text).has_value()) << text;
  }
}

TEST(Endpoint, AnIpv4AddressInBracketsIsRefused) {
  EXPECT_FALSE(Endpoint::parse("[127.0.0.1]:80").has_value());
}

TEST(Endpoint, AUnixPathMustFitTheKernelsField) {
  const std::string longest(sizeof(sockaddr_un::sun_path) - 1, 'p');

  EXPECT_TRUE(Endpoint::parse("unix:" + longest).has_value());
  EXPECT_FALSE(Endpoint::parse("unix:" + longest + 'p').has_value());
  EXPECT_FALSE(Endpoint::parse(std::string{"unix:/a\0b", 9}).has_value());
}

TEST(Endpoint, TheKernelsFormHasAddressAndPortInNetworkOrder) {
  sockaddr_storage storage{};

  const socklen_t length = Endpoint::parse("1.2.3.4:258")->to_sockaddr(storage);

  sockaddr_in in{};
  std::memcpy(&in, &storage, sizeof in);
  EXPECT_EQ(length, sizeof in);
  EXPECT_EQ(in.sin_family, AF_INET);
  EXPECT_EQ(ntohs(in.sin_port), 258);
  EXPECT_EQ(ntohl(in.sin_addr.s_addr), 0x01020304u);
}

TEST(Endpoint, TheKernelsFormIsReadBackAsItWas) {
  for (const char* text : {"10.1.2.3:4000", "[2001:db8::7]:80", "unix:/run/x.sock"}) {
    const Endpoint endpoint = *Endpoint::parse(text);
    sockaddr_storage storage{};
    const socklen_t length = endpoint.to_sockaddr(storage);

    EXPECT_EQ(Endpoint::from_sockaddr(storage, length), endpoint) << text;
  }
}

TEST(Endpoint, AMappedPeerOfADualStackSocketIsTheIpv4Client) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(80);
  const IpAddress client = *IpAddress::parse("192.0.2.1");
  std::memcpy(&in.sin6_addr, client.bytes().data(), 16);
  sockaddr_storage storage{};
  std::memcpy(&storage, &in, sizeof in);

  EXPECT_EQ(Endpoint::from_sockaddr(storage, sizeof in).to_string(), "192.0.2.1:80");
}

TEST(Endpoint, APeerWithoutANameIsShownAsSuch) {
  int pair[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const UniqueFd first{pair[0]};
  const UniqueFd second{pair[1]};
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  ASSERT_EQ(::getpeername(first.get(), reinterpret_cast<sockaddr*>(&storage), &length), 0);

  EXPECT_EQ(Endpoint::from_sockaddr(storage, length).to_string(), "unix:(unnamed)");
}

TEST(Endpoint, AnAbstractSocketOfALinuxPeerIsNotTakenForAPath) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, "\0name", 5);
  sockaddr_storage storage{};
  std::memcpy(&storage, &un, sizeof un);

  EXPECT_EQ(Endpoint::from_sockaddr(storage, sizeof(sa_family_t) + 5).to_string(),
            "unix:(unnamed)");
}

TEST(Endpoint, TheLongestUnixPathSurvivesBindAndGetsockname) {
  const TempFolder folder;
  std::string path = folder.file("p");
  path.resize(sizeof(sockaddr_un::sun_path) - 1, 'p');
  const UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM, 0)};
  sockaddr_storage storage{};
  socklen_t length = Endpoint::unix_path(path).to_sockaddr(storage);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);

  length = sizeof storage;
  ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &length), 0);

  EXPECT_EQ(Endpoint::from_sockaddr(storage, length).path(), path);
}

TEST(Endpoint, ThePortIsPartOfItsIdentity) {
  EXPECT_EQ(*Endpoint::parse("10.0.0.1:1"), *Endpoint::parse("10.0.0.1:1"));
  EXPECT_NE(*Endpoint::parse("10.0.0.1:1"), *Endpoint::parse("10.0.0.1:2"));
  EXPECT_NE(*Endpoint::parse("10.0.0.1:1"), *Endpoint::parse("unix:10.0.0.1:1"));
}

TEST(Endpoint, ItsFamilyIsTheOneForSocket) {
  EXPECT_EQ(Endpoint::parse("10.0.0.1:1")->family(), AF_INET);
  EXPECT_EQ(Endpoint::parse("[::1]:1")->family(), AF_INET6);
  EXPECT_EQ(Endpoint::parse("unix:/x")->family(), AF_UNIX);
}

}  // namespace
}  // namespace pushgate::test
