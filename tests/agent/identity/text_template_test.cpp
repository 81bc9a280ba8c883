// text_template_test.cpp - templates filled in with parts of a request.

#include "agent/identity/text_template.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "agent/identity/parsed_request.hpp"

namespace pushgate::agent {
namespace {

std::optional<std::string> fill(std::string_view text, const std::string& target,
                                const std::string& fields = {}) {
  const ParsedRequest request{target, fields};
  std::string out = ">";
  if (!TextTemplate{text}.append_to(out, request.view())) return std::nullopt;
  return out;
}

TEST(FilledTemplate, HasEveryPartOfARequest) {
  EXPECT_EQ(fill("session:{cookie.sid}", "/", "Cookie: a=b; sid=s1\r\n"), ">session:s1");
  EXPECT_EQ(fill("{query.id}", "/?x=1&id=7"), ">7");
  EXPECT_EQ(fill("{header.x-key}", "/", "X-Key: k\r\n"), ">k");
  EXPECT_EQ(fill("{header.user-agent}", "/", "User-Agent: ua\r\n"), ">ua");
  EXPECT_EQ(fill("{client} {host} {method}", "/"), ">192.0.2.7 example.com GET");
  EXPECT_EQ(fill("{path} {uri}", "/a%20b?c=d"), ">/a%20b /a%20b?c=d");
  EXPECT_EQ(fill("{uri}", "/a?"), ">/a?");
  EXPECT_EQ(fill("{{{client}}}", "/"), ">{192.0.2.7}");
  EXPECT_EQ(fill("", "/"), ">");
}

std::optional<std::string> host_of(std::string_view authority) {
  http::RequestHead head;
  head.host = authority;
  const IpAddress client;
  std::string out;
  if (!TextTemplate{"{host}"}.append_to(out, {head, client})) return std::nullopt;
  return out;
}

TEST(FilledTemplate, TheHostIsWithoutPortAndInLowerCase) {
  EXPECT_EQ(host_of("WWW.Example.com:8080"), "www.example.com");
  EXPECT_EQ(host_of("example.com"), "example.com");
  EXPECT_EQ(host_of("[2001:DB8::1]:8080"), "[2001:db8::1]");
  EXPECT_EQ(host_of("[::1]"), "[::1]");
  EXPECT_EQ(host_of(""), std::nullopt) << "HTTP/1.0";
}

TEST(FilledTemplate, ClaimsAreDecodedOnceAsTheSourcesDoIt) {
  EXPECT_EQ(fill("{cookie.sid}", "/", "Cookie: sid=a%2541+b\r\n"), ">a%41+b");
  EXPECT_EQ(fill("{cookie.sid}", "/", "Cookie: sid=\"q\"\r\n"), ">q");
  EXPECT_EQ(fill("{query.id}", "/?%69d=a+b%2B"), ">a b+");
  EXPECT_EQ(fill("{header.x-key}", "/", "X-Key: a%20b\r\n"), ">a b");
}

TEST(FilledTemplate, IsMissingIfAPartIs) {
  EXPECT_EQ(fill("{cookie.sid}", "/"), std::nullopt);
  EXPECT_EQ(fill("a{cookie.sid}b", "/", "Cookie: sid=\r\n"), std::nullopt);
  EXPECT_EQ(fill("{cookie.sid}", "/", "Cookie: SID=1\r\n"), std::nullopt);
  EXPECT_EQ(fill("{query.id}", "/"), std::nullopt);
  EXPECT_EQ(fill("{query.id}", "/?id=%4"), std::nullopt) << "cannot be decoded";
  EXPECT_EQ(fill("{header.x-key}", "/", "X_Key: k\r\n"), std::nullopt);
}

TEST(FilledTemplate, IsMissingIfARequestSaysTwoThings) {
  EXPECT_EQ(fill("{cookie.sid}", "/", "Cookie: sid=a; sid=b\r\n"), std::nullopt);
  EXPECT_EQ(fill("{cookie.sid}", "/", "Cookie: sid=a\r\nCookie: sid=%61\r\n"), ">a");
  EXPECT_EQ(fill("{query.id}", "/?id=1&id=2"), std::nullopt);
}

}  // namespace
}  // namespace pushgate::agent
