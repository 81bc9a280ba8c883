// webhook_test.cpp - events of clients over a webhook, to a receiver that fails on purpose.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "pushgate/node/nodes.hpp"

#include "support/http_message.hpp"
#include "support/nodes_under_test.hpp"
#include "support/patience.hpp"
#include "support/scripted_upstream.hpp"
#include "support/websocket_client.hpp"

namespace pushgate::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// `more` are further keys of "webhook".
NodesSetup with_webhook(const std::string& address, std::string_view events,
                        std::string_view more = {}) {
  return {.node = R"("events":["rooms"],"webhook":{"url":"http://)" + address +
                  R"(/hook","events":[)" + std::string{events} + "]" + std::string{more} + "}"};
}

std::int64_t webhook_metric(const NodesUnderTest& nodes, std::string_view name) {
  std::vector<runtime::MetricFamily> families;
  nodes.nodes().collect_metrics(families);
  for (const runtime::MetricFamily& family : families) {
    if (family.name == "pushgate_webhook_" + std::string{name}) {
      return static_cast<std::int64_t>(family.samples.at(0).value);
    }
  }
  ADD_FAILURE() << "no metric " << name;
  return -1;
}

bool webhook_metric_becomes(const NodesUnderTest& nodes, std::string_view name,
                            std::int64_t value) {
  return eventually([&] { return webhook_metric(nodes, name) == value; });
}

/// Independent of the code under test but for the library.
std::string hex_hmac(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  char hex[2 * EVP_MAX_MD_SIZE + 1] = {};
  for (unsigned i = 0; i < size; ++i) std::snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  return hex;
}

TEST(NodeWebhook, TellsWhatAClientDoesInItsOrder) {
  ScriptedUpstream receiver;
  const NodesUnderTest nodes(
      with_webhook(receiver.address(),
                   R"("connect","disconnect","join","leave","roomOccupied","roomVacated","event")",
                   R"(,"batchDelay":"1ms","batchSize":1)"));
  RawStream stream;
  const auto next = [&] {
    const HttpMessage request = read_request(stream);
    stream.send(ok(""));
    return request.body;
  };
  std::string id;
  {
    SocketIoClient client(nodes, 0, {}, "X-Pushgate-Uid: alice\r\n");
    id = client.socket_id();
    stream = receiver.accept();
    EXPECT_THAT(next(), HasSubstr(R"("node":)" + nodes.quoted_name(0) + R"(,"nsp":"/","socket":")" +
                                  id + R"(","uid":"alice","address":"127.0.0.1"}]})"));
    client.join("lobby");
    EXPECT_THAT(next(), HasSubstr(R"("attachments":0,"data":["join","lobby"]})"));
    EXPECT_THAT(next(), HasSubstr(R"({"events":[{"event":"roomOccupied","at":)"));
    EXPECT_THAT(next(), HasSubstr(R"("room":"lobby"}]})"));
  }

  const std::string gone = next();
  EXPECT_THAT(gone, HasSubstr(R"("event":"disconnect")"));
  EXPECT_THAT(gone, HasSubstr(R"("reason":"transport close"})"));
  EXPECT_THAT(next(), HasSubstr(R"("event":"leave")"));
  EXPECT_THAT(next(), HasSubstr(R"("event":"roomVacated")"));
  EXPECT_TRUE(webhook_metric_becomes(nodes, "delivered_total", 7));
}

TEST(NodeWebhook, SignsTimeAndBody) {
  ScriptedUpstream receiver;
  const NodesUnderTest nodes(with_webhook(receiver.address(), R"("connect")",
                                          R"(,"batchDelay":"1ms","secret":"the-secret-of-it")"));
  const SocketIoClient client(nodes);

  RawStream stream = receiver.accept();
  const HttpMessage request = read_request(stream);
  stream.send(ok(""));

  const std::string timestamp = request.field("X-Pushgate-Timestamp");
  EXPECT_EQ(request.start_line, "POST /hook HTTP/1.1");
  EXPECT_EQ(request.field("Content-Type"), "application/json");
  EXPECT_EQ(timestamp.size(), 10u);
  EXPECT_EQ(request.field("X-Pushgate-Signature"),
            "v1=" + hex_hmac("the-secret-of-it", timestamp + "." + request.body));
}

TEST(NodeWebhook, RepeatsABatchUntilItIsAccepted) {
  ScriptedUpstream receiver;
  const NodesUnderTest nodes(
      with_webhook(receiver.address(), R"("connect")", R"(,"batchDelay":"1ms","timeout":"100ms")"));
  const SocketIoClient client(nodes);

  RawStream first = receiver.accept();
  const HttpMessage refused = read_request(first);
  first.send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  RawStream silent = receiver.accept();
  const HttpMessage unanswered = read_request(silent);
  RawStream broken = receiver.accept();
  read_request(broken);
  broken.reset();
  RawStream last = receiver.accept();
  const HttpMessage accepted = read_request(last);
  last.send(ok(""));

  EXPECT_TRUE(webhook_metric_becomes(nodes, "delivered_total", 1));
  EXPECT_EQ(webhook_metric(nodes, "retries_total"), 3);
  EXPECT_EQ(webhook_metric(nodes, "lost_total"), 0);
  EXPECT_EQ(accepted.body, refused.body);
  EXPECT_EQ(accepted.field("X-Pushgate-Delivery"), refused.field("X-Pushgate-Delivery"));
  EXPECT_EQ(accepted.field("X-Pushgate-Delivery"), unanswered.field("X-Pushgate-Delivery"));
}

TEST(NodeWebhook, GivesUpAfterItsRetries) {
  const NodesUnderTest nodes(with_webhook(refusing_endpoint().to_string(), R"("connect")",
                                          R"(,"batchDelay":"1ms","retries":1)"));
  const SocketIoClient client(nodes);

  EXPECT_TRUE(webhook_metric_becomes(nodes, "lost_total", 1));
  EXPECT_EQ(webhook_metric(nodes, "requests_total"), 2);
}

TEST(NodeWebhook, DoesNotRepeatWhatIsRefusedForGood) {
  ScriptedUpstream receiver;
  const NodesUnderTest nodes(
      with_webhook(receiver.address(), R"("connect")", R"(,"batchDelay":"1ms")"));
  const SocketIoClient client(nodes);

  RawStream stream = receiver.accept();
  read_request(stream);
  stream.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");

  EXPECT_TRUE(webhook_metric_becomes(nodes, "lost_total", 1));
  EXPECT_EQ(webhook_metric(nodes, "requests_total"), 1);
}

TEST(NodeWebhook, EventsThatWaitGoTogether) {
  ScriptedUpstream receiver;
  const NodesUnderTest nodes(
      with_webhook(receiver.address(), R"("event")", R"(,"batchDelay":"1m","batchSize":3)"));
  SocketIoClient client(nodes);
  for (const char* const event : {R"(["a"])", R"(["b",1])", R"(["c"])"}) client.emit(event);

  RawStream stream = receiver.accept();
  const std::string body = read_request(stream).body;
  stream.send(ok(""));

  EXPECT_THAT(body, HasSubstr(R"("data":["a"]},{"event":"event")"));
  EXPECT_THAT(body, HasSubstr(R"("data":["b",1]},{"event":"event")"));
  EXPECT_THAT(body, HasSubstr(R"("data":["c"]}]})"));
}

TEST(NodeWebhook, AFullQueueDropsAndCounts) {
  ScriptedUpstream receiver;
  const NodesUnderTest nodes(
      with_webhook(receiver.address(), R"("event")",
                   R"(,"batchDelay":"1ms","batchSize":1,"queueBytes":"1KiB")"));
  SocketIoClient client(nodes);
  const std::string large = R"(["e",")" + std::string(600, 'x') + R"("])";
  client.emit(large);
  RawStream stream = receiver.accept();  // the first is on its way, and nobody answers
  for (int i = 0; i < 3; ++i) client.emit(large);

  EXPECT_TRUE(webhook_metric_becomes(nodes, "dropped_total", 2));
  EXPECT_TRUE(webhook_metric_becomes(nodes, "events_total", 4));
}

TEST(NodeWebhook, WhatIsQueuedIsSentAtTheEnd) {
  ScriptedUpstream receiver;
  std::string body;
  {
    const NodesUnderTest nodes(
        with_webhook(receiver.address(), R"("connect")", R"(,"batchDelay":"1m")"));
    const SocketIoClient client(nodes);
  }

  RawStream stream = receiver.accept();
  EXPECT_THAT(read_request(stream).body, HasSubstr(R"("event":"connect")"));
}

}  // namespace
}  // namespace pushgate::test
