// batch_test.cpp - many connections at once: what one batch of events brings is received, handled
// and sent in three steps, and nobody notices.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/agent_under_test.hpp"
#include "support/http_message.hpp"

namespace pushgate::test {
namespace {

constexpr std::size_t kUsers = 24;

/// A client with the connection to the node that its requests take.
struct User {
  RawStream client;
  RawStream node;
  std::string uid;
};

class Batch : public testing::Test {
 protected:
  /// Every user has been served once, so the pool holds a connection for each.
  Batch() {
    for (std::size_t i = 0; i < kUsers; ++i) {
      users.push_back({agent.connect(), {}, "u" + std::to_string(i)});
      users[i].client.send(request(i, "/first"));
    }
    for (std::size_t i = 0; i < kUsers; ++i) accepted.push_back(upstream.accept());
    for (RawStream& node : accepted) {
      read_request(node);
      node.send(ok("first"));
    }
    for (User& user : users) EXPECT_EQ(read_response(user.client).body, "first");
  }

  std::string request(std::size_t user, const std::string& path,
                      std::string_view fields = {}) const {
    return get(path + "?uid=" + users.at(user).uid, fields);
  }

  void all_ask(const std::string& path) {
    for (std::size_t i = 0; i < kUsers; ++i) users[i].client.send(request(i, path));
  }

  /// What each node connection was asked for; every one got exactly one request.
  std::vector<std::string> uids_at_the_node(const std::string& path) {
    std::vector<std::string> uids;
    for (RawStream& node : accepted) {
      const HttpMessage message = read_request(node);
      EXPECT_EQ(message.start_line.find("GET " + path), 0u) << message.start_line;
      uids.push_back(message.field("X-Pushgate-Uid"));
    }
    return uids;
  }

  ScriptedUpstream upstream;
  AgentUnderTest agent{{.router = one_node(upstream.endpoint()), .threads = 1}};
  std::vector<User> users;
  std::vector<RawStream> accepted;
};

TEST_F(Batch, EveryClientGetsItsOwnAnswer) {
  for (const std::string path : {"/a", "/b", "/c"}) {
    all_ask(path);
    const std::vector<std::string> uids = uids_at_the_node(path);
    for (std::size_t i = 0; i < kUsers; ++i) accepted[i].send(ok(path + " for " + uids[i]));
    for (User& user : users) {
      EXPECT_EQ(read_response(user.client).body, path + " for " + user.uid);
    }
  }
  EXPECT_EQ(agent.metric("upstream_connects_total"), kUsers);
}

TEST_F(Batch, AnswersOfEverySizeArriveWhole) {
  // Around what is read ahead and what is staged; each size after another on the same connections.
  for (const std::size_t size : {0, 100, 3'900, 3'990, 4'060, 4'096, 20'000, 50}) {
    all_ask("/sized");
    uids_at_the_node("/sized");
    for (RawStream& node : accepted) node.send(ok(patterned(size)));
    for (User& user : users) EXPECT_EQ(read_response(user.client).body, patterned(size)) << size;
  }
}

TEST_F(Batch, ChunkedAnswersAndInterimOnesArriveWhole) {
  all_ask("/chunked");
  uids_at_the_node("/chunked");
  for (RawStream& node : accepted) {
    node.send(
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n"
        "Transfer-Encoding: chunked\r\n\r\n" +
        chunked("piece by piece", 5));
  }
  for (User& user : users) {
    EXPECT_EQ(read_bodiless_response(user.client).status(), 103);
    EXPECT_EQ(read_response(user.client).body, "piece by piece");
  }
}

TEST_F(Batch, RequestsLongerThanWhatIsReadAheadArriveWhole) {
  const std::string body = patterned(6'000);
  for (std::size_t i = 0; i < kUsers; ++i) {
    users[i].client.send("POST /p?uid=" + users[i].uid +
                         " HTTP/1.1\r\nHost: h\r\nContent-Length: 6000\r\n\r\n" + body);
  }
  for (RawStream& node : accepted) {
    EXPECT_EQ(read_request(node).body, body);
    node.send(ok("thanks"));
  }
  for (User& user : users) EXPECT_EQ(read_response(user.client).body, "thanks");
}

TEST_F(Batch, PipelinedRequestsAreServedInOrder) {
  for (std::size_t i = 0; i < kUsers; ++i) {
    users[i].client.send(request(i, "/1") + request(i, "/2") + request(i, "/3"));
  }
  for (const std::string path : {"/1", "/2", "/3"}) {
    const std::vector<std::string> uids = uids_at_the_node(path);
    for (std::size_t i = 0; i < kUsers; ++i) accepted[i].send(ok(path + uids[i]));
  }
  for (User& user : users) {
    for (const std::string path : {"/1", "/2", "/3"}) {
      EXPECT_EQ(read_response(user.client).body, path + user.uid);
    }
  }
}

TEST_F(Batch, ClientsThatLeaveHarmNobodyElse) {
  all_ask("/leave");
  const std::vector<std::string> uids = uids_at_the_node("/leave");
  for (std::size_t i = 0; i < kUsers; i += 2) users[i].client.reset();
  for (std::size_t i = 0; i < kUsers; ++i) accepted[i].send(ok(uids[i]));
  for (std::size_t i = 1; i < kUsers; i += 2) {
    EXPECT_EQ(read_response(users[i].client).body, users[i].uid);
  }
  EXPECT_TRUE(agent.metric_reaches("connections", kUsers / 2));
}

TEST_F(Batch, RequestsThatMeetTheCloseOfTheirPooledConnectionAreRepeated) {
  for (RawStream& node : accepted) node.reset();
  for (std::size_t i = 0; i < kUsers; ++i) users[i].client.send(request(i, "/again"));
  for (RawStream& node : accepted) node = upstream.accept();
  const std::vector<std::string> uids = uids_at_the_node("/again");
  for (std::size_t i = 0; i < kUsers; ++i) accepted[i].send(ok(uids[i]));
  for (User& user : users) EXPECT_EQ(read_response(user.client).body, user.uid);
}

TEST_F(Batch, AClientThatTakesNothingGetsEverythingInTheEnd) {
  // So many answers that they cannot all be on their way: sends after a batch fall short.
  constexpr std::size_t kAnswers = 400;
  constexpr std::size_t kWhileNothingIsTaken = 10;
  const std::string body = patterned(3'500);
  RawStream slow = agent.connect(4'096);
  std::thread asking([&] {
    for (std::size_t i = 0; i < kAnswers; ++i) slow.try_send(get("/slow?uid=slow"));
  });
  std::atomic<std::size_t> answered = 0;
  std::thread answering([&] {
    RawStream& node = accepted.back();  // the pool gives the connection used last
    for (; answered < kAnswers; ++answered) {
      read_request(node);
      node.send(ok(body));
    }
  });

  EXPECT_TRUE(eventually([&] { return answered >= kWhileNothingIsTaken; }));
  for (std::size_t i = 0; i < kAnswers; ++i) ASSERT_EQ(read_response(slow).body, body) << i;

  asking.join();
  answering.join();
}

}  // namespace
}  // namespace pushgate::test
