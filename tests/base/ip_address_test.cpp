// ip_address_test.cpp - addresses with one spelling each, and the networks that trust is given to.

#include "pushgate/base/ip_address.hpp"

#include <gtest/gtest.h>

namespace pushgate::test {
namespace {

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

TEST(IpAddress, SpellingsAreReadBackInTheirShortestForm) {
  EXPECT_EQ(ip("10.0.0.1").to_string(), "10.0.0.1");
  EXPECT_EQ(ip("2001:DB8:0:0:0:0:0:7").to_string(), "2001:db8::7");
  EXPECT_EQ(ip("::").to_string(), "::");
}

TEST(IpAddress, AMappedAddressIsTheIpv4AddressItMeans) {
  EXPECT_EQ(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
  EXPECT_TRUE(ip("::ffff:192.0.2.1").is_v4());
  EXPECT_EQ(ip("::ffff:c000:201").to_string(), "192.0.2.1");
}

TEST(IpAddress, ACompatibleAddressIsNot) {
  EXPECT_FALSE(ip("::192.0.2.1").is_v4());
  EXPECT_FALSE(ip("::").is_v4());
}

TEST(IpAddress, WhatIsNoAddressIsRefused) {
  for (const char* text : {"", " ", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ", " 1.2.3.4",
                           "01.2.3.4", "0x1.2.3.4", "1.2.3.4/8", "[::1]", "::1%lo",
                           ":::", "1::2::3", "localhost", "12345::", "::ffff:1.2.3.256"}) {
    EXPECT_FALSE(IpAddress::parse(text).has_value()) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string(1000, '1')).has_value());
  EXPECT_FALSE(IpAddress::parse(std::string_view{"1.2.3.4\0x", 9}).has_value());
}

TEST(IpAddress, TheLongestSpellingFitsTheBufferOfFormat) {
  const IpAddress address = ip("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.254");
  char buffer[46];

  EXPECT_EQ((std::string_view{buffer, address.format(buffer)}), address.to_string());
}

TEST(IpAddress, TheDefaultIsAllIpv4Addresses) { EXPECT_EQ(IpAddress{}, ip("0.0.0.0")); }

TEST(CidrSet, ANetworkContainsItsAddressesAndNoOthers) {
  CidrSet set;
  ASSERT_TRUE(set.add("10.32.0.0/11"));

  EXPECT_TRUE(set.contains(ip("10.32.0.0")));
  EXPECT_TRUE(set.contains(ip("10.63.255.255")));
  EXPECT_FALSE(set.contains(ip("10.31.255.255")));
  EXPECT_FALSE(set.contains(ip("10.64.0.0")));
}

TEST(CidrSet, ANetworkOfIpv6ContainsItsAddressesAndNoOthers) {
  CidrSet set;
  ASSERT_TRUE(set.add("2001:db8::/33"));

  EXPECT_TRUE(set.contains(ip("2001:db8:7fff:ffff:ffff:ffff:ffff:ffff")));
  EXPECT_FALSE(set.contains(ip("2001:db8:8000::")));
}

TEST(CidrSet, AnAddressAloneIsAHost) {
  CidrSet set;
  ASSERT_TRUE(set.add("192.0.2.1"));
  ASSERT_TRUE(set.add("::1"));

  EXPECT_TRUE(set.contains(ip("192.0.2.1")));
  EXPECT_FALSE(set.contains(ip("192.0.2.0")));
  EXPECT_TRUE(set.contains(ip("::1")));
  EXPECT_FALSE(set.contains(ip("::2")));
}

TEST(CidrSet, TheWholeOfOneFamilyIsNotTheOther) {
  CidrSet v4;
  CidrSet v6;
  ASSERT_TRUE(v4.add("0.0.0.0/0"));
  ASSERT_TRUE(v6.add("::/0"));

  EXPECT_TRUE(v4.contains(ip("255.255.255.255")));
  EXPECT_FALSE(v4.contains(ip("::1")));
  EXPECT_TRUE(v6.contains(ip("ffff::1")));
  EXPECT_FALSE(v6.contains(ip("10.0.0.1")));
}

TEST(CidrSet, AMappedClientIsInTheIpv4Network) {
  CidrSet set;
  ASSERT_TRUE(set.add("10.0.0.0/8"));

  EXPECT_TRUE(set.contains(ip("::ffff:10.1.2.3")));
}

TEST(CidrSet, BitsBeyondThePrefixAreRefused) {
  CidrSet set;

  EXPECT_FALSE(set.add("10.0.0.1/8"));
  EXPECT_FALSE(set.add("10.0.0.128/24"));
  EXPECT_FALSE(set.add("fd00::1/64"));
  EXPECT_TRUE(set.empty());
}

TEST(CidrSet, WhatIsNoNetworkIsRefused) {
  CidrSet set;
  for (const char* text :
       {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8",
        "10.0.0.0/ 8", "10.0.0.0/8 ", "::/129", "10/8", "all", "10.0.0.0/4294967304"}) {
    EXPECT_FALSE(set.add(text)) << text;
  }
  EXPECT_TRUE(set.empty());
}

TEST(CidrSet, AnEmptySetContainsNobody) { EXPECT_FALSE(CidrSet{}.contains(ip("127.0.0.1"))); }

}  // namespace
}  // namespace pushgate::test
