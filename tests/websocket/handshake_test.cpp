// Both sides of the WebSocket handshake.

#include "pushgate/websocket/handshake.hpp"

#include <string>

#include <gtest/gtest.h>

namespace pushgate::websocket {
namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";         // RFC 6455 section 1.3
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";  // the same

std::string accept_text(std::string_view key) {
  const AcceptValue value = accept_for(key);
  return {value.data(), value.size()};
}

TEST(AcceptValue, is_that_of_the_standard) { EXPECT_EQ(accept_text(kKey), kAccept); }

TEST(AcceptValue, is_that_of_another_implementation) {
  // From Python: base64.b64encode(hashlib.sha1(key + guid).digest())
  EXPECT_EQ(accept_text("AAAAAAAAAAAAAAAAAAAAAA=="), "ICX+Yqv66kxgM0FcWaLWlFLwTAI=");
  EXPECT_EQ(accept_text("/////////////////////w=="), "XXpj4jYzLM2yUE0C7TIgMwTQh2g=");
}

ClientHandshake client_with(std::string_view key, std::string_view version) {
  return {.key = {key, 1}, .version = {version, 1}};
}

TEST(ClientHandshake, has_a_key_of_sixteen_bytes) {
  EXPECT_EQ(check_client(client_with(kKey, "13")), HandshakeError::none);
  for (const char* key :
       {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQAA",
        "dGhlIHNhbXBsZSBub25j!Q==", "dGhlIHNhbXBsZSBub25j", "dGhlIHNhbXBs ZSBub25jZQ=="}) {
    EXPECT_EQ(check_client(client_with(key, "13")), HandshakeError::bad_key) << key;
  }
}

TEST(ClientHandshake, has_one_key) {
  ClientHandshake handshake = client_with(kKey, "13");
  handshake.key.count = 2;
  EXPECT_EQ(check_client(handshake), HandshakeError::bad_key);
  handshake.key = {};
  EXPECT_EQ(check_client(handshake), HandshakeError::bad_key);
}

TEST(ClientHandshake, is_of_version_13) {
  for (const char* version : {"", "8", "013", "13, 8", "14"}) {
    EXPECT_EQ(check_client(client_with(kKey, version)), HandshakeError::unsupported_version);
  }
  ClientHandshake without = client_with(kKey, "13");
  without.version = {};
  EXPECT_EQ(check_client(without), HandshakeError::unsupported_version);
}

const Offer kOffer{.key = kKey,
                   .protocols = "chat, superchat",
                   .extensions = "permessage-deflate; client_max_window_bits, x-foo"};

TEST(ServerHandshake, answers_the_key) {
  ServerHandshake answer{.accept = {kAccept, 1}};

  EXPECT_EQ(check_server(answer, kOffer), HandshakeError::none);
  answer.accept.count = 2;
  EXPECT_EQ(check_server(answer, kOffer), HandshakeError::bad_accept);
  answer.accept = {"s3pPLMBiTxaQ9kYGzzhZRbK+xOO=", 1};
  EXPECT_EQ(check_server(answer, kOffer), HandshakeError::bad_accept);
  answer.accept = {};
  EXPECT_EQ(check_server(answer, kOffer), HandshakeError::bad_accept);
}

TEST(ServerHandshake, chooses_a_subprotocol_that_was_offered) {
  const auto check = [](HandshakeField protocol, const Offer& offer = kOffer) {
    return check_server({.accept = {kAccept, 1}, .protocol = protocol}, offer);
  };

  EXPECT_EQ(check({"superchat", 1}), HandshakeError::none);
  EXPECT_EQ(check({"Chat", 1}), HandshakeError::unasked_protocol);
  EXPECT_EQ(check({"chat, superchat", 1}), HandshakeError::unasked_protocol);
  EXPECT_EQ(check({"chat", 2}), HandshakeError::unasked_protocol);
  EXPECT_EQ(check({"", 1}), HandshakeError::unasked_protocol);
  EXPECT_EQ(check({"chat", 1}, {.key = kKey}), HandshakeError::unasked_protocol);
}

TEST(ServerHandshake, chooses_extensions_that_were_offered) {
  const auto check = [](std::string_view extensions, const Offer& offer = kOffer) {
    return check_server({.accept = {kAccept, 1}, .extensions = extensions}, offer);
  };

  EXPECT_EQ(check("permessage-deflate; server_no_context_takeover"), HandshakeError::none);
  EXPECT_EQ(check("x-foo, permessage-deflate"), HandshakeError::none);
  EXPECT_EQ(check("x-bar"), HandshakeError::unasked_extension);
  EXPECT_EQ(check("permessage-deflate, x-bar"), HandshakeError::unasked_extension);
  EXPECT_EQ(check("permessage-deflate", {.key = kKey}), HandshakeError::unasked_extension);
}

TEST(HandshakeError, says_what_the_client_is_told) {
  EXPECT_EQ(status_of(HandshakeError::bad_key), 400);
  EXPECT_EQ(rule_of(HandshakeError::bad_key), "bad_handshake");
  EXPECT_EQ(status_of(HandshakeError::unsupported_version), 426);
  EXPECT_EQ(rule_of(HandshakeError::unsupported_version), "upgrade_required");
  EXPECT_EQ(status_of(HandshakeError::bad_accept), 502);
  EXPECT_EQ(rule_of(HandshakeError::unasked_extension), "bad_upstream_response");
}

}  // namespace
}  // namespace pushgate::websocket
