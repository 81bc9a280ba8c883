// client_test.cpp - questions to a service on the test's own loop, that answers well or badly.

#include "pushgate/fetch/client.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/patience.hpp"
#include "support/scripted_service.hpp"

namespace pushgate::fetch {
namespace {

using std::chrono::milliseconds;
using test::answered;
using test::ScriptedService;
using test::ServiceAnswer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FetchClientTest : public ::testing::Test {
 protected:
  template <class Condition>
  bool run_until(Condition condition) {
    const test::Deadline deadline;
    while (!condition()) {
      if (deadline.passed()) return false;
      io.restart();
      io.run_one_for(milliseconds{5});
    }
    return true;
  }
  void settle() {
    io.restart();
    io.poll();
  }

  Request get(const std::string& path = "/") {
    Request request;
    request.url = service.url(path);
    request.timeout = milliseconds{5'000};
    return request;
  }

  Result<Response> ask(Request request) {
    std::optional<Result<Response>> answer;
    client->start(std::move(request), [&](Result<Response> result) { answer = std::move(result); });
    EXPECT_FALSE(answer) << "called back from within the call";
    EXPECT_TRUE(run_until([&] { return answer.has_value(); })) << "no answer";
    return answer ? *std::exchange(answer, std::nullopt) : Result<Response>{Error::stopped};
  }
  ErrorCode failure_of(Request request) {
    const Result<Response> result = ask(std::move(request));
    return result ? ErrorCode{} : result.error();
  }
  /// What becomes of a request that is answered with these bytes and the end of the connection.
  ErrorCode failure_with(std::string bytes) {
    service.answer_with([&](const std::string&) { return ServiceAnswer{bytes, true}; });
    return failure_of(get());
  }

  boost::asio::io_context io{1};
  ScriptedService service{io, [](const std::string&) { return answered(200, "hello"); }};
  std::unique_ptr<Client> client =
      std::make_unique<Client>(io.get_executor(), Client::Settings{.max_connections = 4});
};

TEST_F(FetchClientTest, AnAnswerWithItsFieldsAndBody) {
  service.answer_with([](const std::string&) {
    return answered(201, "hello", "X-User-Id:  u1 \r\nX-Twice: a\r\nx-twice: b\r\n");
  });
  Request request = get("/check?a=b");
  request.fields = {{"Cookie", "sid=1"}, {"X-Empty", ""}};

  const Response response = ask(request).value();

  EXPECT_EQ(response.status, 201U);
  EXPECT_EQ(response.body, "hello");
  ASSERT_NE(response.field("x-user-id"), nullptr);
  EXPECT_EQ(*response.field("x-user-id"), "u1");
  EXPECT_EQ(*response.field("x-twice"), "a");
  EXPECT_EQ(response.field("x-none"), nullptr);
  ASSERT_EQ(service.requests().size(), 1U);
  EXPECT_THAT(service.requests()[0], StartsWith("GET /check?a=b HTTP/1.1\r\n"));
  EXPECT_THAT(service.requests()[0], HasSubstr("\r\nCookie: sid=1\r\n"));
  EXPECT_THAT(service.requests()[0], HasSubstr("\r\nX-Empty:\r\n"));
}

TEST_F(FetchClientTest, ABodyIsSentWithItsLengthAndNothingIsAddedToIt) {
  Request request = get();
  request.method = "POST";
  request.body = std::string("a\0b", 3);

  ask(request).value();

  const std::string& sent = service.requests().at(0);
  EXPECT_THAT(sent, StartsWith("POST / HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("\r\nContent-Length: 3\r\n"));
  EXPECT_THAT(sent, Not(HasSubstr("Content-Type")));
  EXPECT_THAT(sent, Not(HasSubstr("Expect")));
  EXPECT_EQ(sent.substr(sent.size() - 3), request.body);
}

TEST_F(FetchClientTest, HeadHasNoBodyWhateverItsLengthSays) {
  service.answer_with([](const std::string&) {
    return ServiceAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"};
  });
  Request request = get();
  request.method = "HEAD";

  EXPECT_EQ(ask(request).value().body, "");
}

TEST_F(FetchClientTest, ConnectionsAreKeptAndUsedAgain) {
  for (int i = 0; i < 10; ++i) ask(get()).value();

  EXPECT_EQ(service.requests().size(), 10U);
  EXPECT_EQ(service.connections(), 1U);
}

TEST_F(FetchClientTest, AKeptConnectionThatTheServiceHasClosedIsReplaced) {
  ask(get()).value();
  service.answer_with([](const std::string&) {
    ServiceAnswer answer = answered(200, "bye");
    answer.close = true;
    return answer;
  });
  ask(get()).value();
  ASSERT_TRUE(run_until([&] { return service.open_connections() == 0; }));

  EXPECT_EQ(ask(get()).value().body, "bye");
  EXPECT_EQ(service.connections(), 2U);
}

TEST_F(FetchClientTest, NoMoreConnectionsThanAllowedAndTheOthersWait) {
  service.answer_with([](const std::string&) {
    ServiceAnswer answer = answered(200);
    answer.hold_back = true;
    return answer;
  });
  int done = 0;
  for (int i = 0; i < 12; ++i) {
    client->start(get(), [&](const Result<Response>& result) { done += result ? 1 : 0; });
  }
  ASSERT_TRUE(run_until([&] { return service.requests().size() == 4; }));
  settle();
  EXPECT_EQ(service.requests().size(), 4U);

  EXPECT_TRUE(run_until([&] {
    service.release();
    return done == 12;
  }));
  EXPECT_EQ(service.connections(), 4U);
}

TEST_F(FetchClientTest, AServiceThatHangsCostsTheTimeoutWhetherAskedOrStillInTheQueue) {
  service.answer_with([](const std::string&) { return ServiceAnswer{.hold_back = true}; });
  std::vector<ErrorCode> errors;
  for (int i = 0; i < 6; ++i) {  // two of them wait for a connection
    Request request = get();
    request.timeout = milliseconds{60};
    client->start(request, [&](Result<Response> result) { errors.push_back(result.error()); });
  }

  ASSERT_TRUE(run_until([&] { return errors.size() == 6; }));

  EXPECT_THAT(errors, ::testing::Each(ErrorCode{Error::timed_out}));
  EXPECT_EQ(service.requests().size(), 4U);
  EXPECT_TRUE(run_until([&] { return service.open_connections() == 0; }));
}

TEST_F(FetchClientTest, AnAnswerThatDripsIsNotCompleteInTime) {
  service.answer_with([](const std::string&) {
    ServiceAnswer answer = answered(200, "0123456789");
    answer.bytes.pop_back();  // the last byte never comes
    answer.piece = 1;
    return answer;
  });
  Request request = get();
  request.timeout = milliseconds{100};

  EXPECT_EQ(failure_of(request), Error::timed_out);
}

TEST_F(FetchClientTest, AnAnswerInSmallPiecesIsPutTogether) {
  service.answer_with([](const std::string&) {
    return ServiceAnswer{
        .bytes =
            "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n"
            "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Late: 1\r\n\r\n",
        .piece = 1};
  });

  const Response response = ask(get()).value();

  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body, "abcde");
  EXPECT_EQ(response.field("x-early"), nullptr) << "of an interim answer";
  EXPECT_EQ(response.field("x-late"), nullptr) << "a trailer";
  EXPECT_NE(response.field("a"), nullptr);
}

TEST_F(FetchClientTest, WhatIsNoAnswerIsBroken) {
  EXPECT_EQ(failure_with(""), Error::broken);
  EXPECT_EQ(failure_with("garbage\r\n\r\n"), Error::broken);
  EXPECT_EQ(failure_with("\x16\x03\x01\x02"), Error::broken);
  EXPECT_EQ(failure_with("HTTP/1.1 2"), Error::broken);
  EXPECT_EQ(failure_with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123"), Error::broken);
  EXPECT_EQ(failure_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            Error::broken);
}

TEST_F(FetchClientTest, MoreThanAllowedIsTooLarge) {
  const std::string megabyte(1'000'000, 'x');
  service.answer_with([&](const std::string&) { return answered(200, megabyte); });
  EXPECT_EQ(failure_of(get()), Error::too_large);

  Request generous = get();
  generous.max_body = megabyte.size();
  EXPECT_EQ(ask(generous).value().body.size(), megabyte.size());
}

TEST_F(FetchClientTest, AHeadWithoutEndIsTooLarge) {
  const std::string line(1'000'000, 'x');
  EXPECT_EQ(failure_with("HTTP/1.1 200 OK\r\nX-Long: " + line + "\r\n\r\n"), Error::too_large);
  std::string many = "HTTP/1.1 200 OK\r\n";
  while (many.size() < 200'000) many += "X-Field: value\r\n";
  EXPECT_EQ(failure_with(many + "\r\n"), Error::too_large);
}

TEST_F(FetchClientTest, ARedirectIsAnAnswerLikeOthers) {
  service.answer_with(
      [&](const std::string&) { return answered(302, {}, "Location: " + service.url() + "\r\n"); });

  EXPECT_EQ(ask(get()).value().status, 302U);
  EXPECT_EQ(service.requests().size(), 1U);
}

TEST_F(FetchClientTest, NobodyThere) {
  const Request request = get();
  service.stop();

  EXPECT_EQ(failure_of(request), Error::unreachable);
}

TEST_F(FetchClientTest, WhatCannotBeSentIsRefusedBeforeAnythingIs) {
  const auto with_url = [&](std::string url) {
    Request request;
    request.url = std::move(url);
    return failure_of(request);
  };
  EXPECT_EQ(with_url(""), Error::bad_request);
  EXPECT_EQ(with_url("ftp://127.0.0.1/"), Error::bad_request);
  EXPECT_EQ(with_url("file:///etc/passwd"), Error::bad_request);
  EXPECT_EQ(with_url("http://a b/"), Error::bad_request);
  EXPECT_EQ(with_url("http://127.0.0.1/\r\nX: y"), Error::bad_request);

  const auto with_field = [&](std::string name, std::string value) {
    Request request = get();
    request.fields.emplace_back(std::move(name), std::move(value));
    return failure_of(request);
  };
  EXPECT_EQ(with_field("A", "b\r\nX: y"), Error::bad_request);
  EXPECT_EQ(with_field("A", std::string("b\0c", 3)), Error::bad_request);
  EXPECT_EQ(with_field("A:", "b"), Error::bad_request);
  EXPECT_EQ(with_field("Content-Length", "1"), Error::bad_request);
  EXPECT_EQ(with_field("Transfer-Encoding", "chunked"), Error::bad_request);
  Request request = get();
  request.method = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(failure_of(request), Error::bad_request);
  EXPECT_EQ(service.connections(), 0U);
}

TEST_F(FetchClientTest, ACancelledRequestIsNeverHeardOfAgain) {
  int called = 0;
  const auto count = [&](const Result<Response>&) { ++called; };
  const Client::Id running = client->start(get(), count);
  Request bad = get();
  bad.url = "nonsense:";
  const Client::Id failed = client->start(bad, count);

  client->cancel(running);
  client->cancel(failed);
  client->cancel(4711);
  ask(get()).value();

  EXPECT_EQ(called, 0);
}

TEST_F(FetchClientTest, ACallbackMayAskAgainCancelOthersAndDestroyTheClient) {
  service.answer_with([](const std::string&) { return ServiceAnswer{.hold_back = true}; });
  int others = 0;
  const auto other = [&](const Result<Response>&) { ++others; };
  Request first = get();
  first.timeout = milliseconds{30};
  Request same = first;
  Client::Id victim = 0;
  bool ended = false;
  client->start(first, [&](const Result<Response>&) {
    client->start(get(), other);
    client->cancel(victim);  // is due at the same time
    client.reset();
    ended = true;
  });
  victim = client->start(same, other);

  ASSERT_TRUE(run_until([&] { return ended; }));
  settle();

  EXPECT_EQ(others, 0);
  EXPECT_TRUE(run_until([&] { return service.open_connections() == 0; }));
}

TEST_F(FetchClientTest, AClientThatIsDestroyedForgetsItsCallbacksEvenIfTheLoopRunsNoMore) {
  service.answer_with([](const std::string&) { return ServiceAnswer{.hold_back = true}; });
  int called = 0;
  for (int i = 0; i < 8; ++i) client->start(get(), [&](const Result<Response>&) { ++called; });
  ASSERT_TRUE(run_until([&] { return service.requests().size() == 4; }));
  io.stop();

  client.reset();
  settle();

  EXPECT_EQ(called, 0);
}

TEST_F(FetchClientTest, AThousandRequestsAtOnce) {
  int good = 0;
  for (int i = 0; i < 1'000; ++i) {
    client->start(get(), [&](const Result<Response>& result) { good += result ? 1 : 0; });
  }

  EXPECT_TRUE(run_until([&] { return good == 1'000; }));
  EXPECT_EQ(service.connections(), 4U);
}

}  // namespace
}  // namespace pushgate::fetch
