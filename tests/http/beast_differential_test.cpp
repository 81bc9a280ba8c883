// Beast's parser as the other opinion: whatever we accept, it accepts too and reads the same. The
// other way round we are stricter, on purpose.

#include <random>

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <gtest/gtest.h>

#include "heads.hpp"
#include "refused_requests.hpp"

namespace pushgate::http {
namespace {

namespace beast_http = boost::beast::http;

/// Null if Beast does not read these bytes as one complete head.
std::unique_ptr<beast_http::request_parser<beast_http::buffer_body>> read_with_beast(
    std::string_view bytes) {
  auto parser = std::make_unique<beast_http::request_parser<beast_http::buffer_body>>();
  parser->body_limit(boost::none);
  parser->header_limit(64 * 1024);
  boost::system::error_code ec;
  parser->put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
  if ((ec && ec != beast_http::error::need_buffer) || !parser->is_header_done()) return nullptr;
  return parser;
}

std::string_view view_of(boost::core::string_view text) { return {text.data(), text.size()}; }

/// Requests that are made from parts, so that many are valid and the rest nearly so.
class RequestGenerator {
 public:
  explicit RequestGenerator(unsigned seed) : random_(seed) {}

  std::string make() {
    std::string bytes = pick({"GET", "POST", "OPTIONS", "PROPFIND"});
    bytes += ' ';
    bytes += pick({"/", "/a/b?c=d&e", "*", "http://a/x", "/%41?%"});
    bytes += pick({" HTTP/1.1\r\n", " HTTP/1.1\r\n", " HTTP/1.0\r\n"});
    bytes += pick({"Host: a\r\n", "Host: a:80\r\n", "hOsT:\ta \t\r\n"});
    const int extra = static_cast<int>(random_() % 5);
    for (int i = 0; i < extra; ++i) {
      bytes += pick({"X-A: b\r\n", "X:\r\n", "Cookie: a=b; c=\"d\"\r\n", "Content-Length: 5\r\n",
                     "Transfer-Encoding: chunked\r\n", "Connection: close, x\r\n",
                     "Connection: keep-alive\r\n", "Y: \xc3\xa4 z\r\n", "Expect: 100-continue\r\n",
                     "Upgrade: websocket\r\n", "Z: a, b ,c\t\r\n"});
    }
    bytes += "\r\n";
    if (random_() % 3 == 0) mutate(bytes);
    return bytes;
  }

 private:
  std::string pick(std::initializer_list<const char*> choices) {
    return choices.begin()[random_() % choices.size()];
  }
  void mutate(std::string& bytes) {
    const std::size_t at = random_() % bytes.size();
    if (random_() % 2 == 0) {
      bytes[at] = static_cast<char>(random_() % 256);
    } else {
      bytes.erase(at, 1);
    }
  }
  std::mt19937 random_;
};

void expect_agreement(const ParsedRequest& ours) {
  SCOPED_TRACE(ours.bytes);
  // Beast does not skip empty lines before the request line.
  const std::size_t start = ours.bytes.find_first_not_of("\r\n");
  const auto theirs =
      read_with_beast(std::string_view{ours.bytes}.substr(start, ours.outcome.head_bytes - start));
  ASSERT_NE(theirs, nullptr);
  const auto& message = theirs->get();
  EXPECT_EQ(view_of(message.method_string()), ours.head.method_name);
  EXPECT_EQ(view_of(message.target()), ours.head.target);
  EXPECT_EQ(message.version(), 10u + ours.head.minor_version);
  EXPECT_EQ(theirs->chunked(), ours.head.framing == Framing::chunked);
  EXPECT_EQ(theirs->content_length().value_or(0), ours.head.content_length);
  // To Beast, "keep-alive" in HTTP/1.0 outweighs a "close" beside it; to us it does not.
  EXPECT_TRUE(theirs->keep_alive() || !ours.head.keep_alive);
  auto field = ours.head.fields.begin();
  for (const auto& theirs_field : message.base()) {
    ASSERT_NE(field, ours.head.fields.end());
    // Beast keeps the fields of one name together, so only those are certain to be in our order.
    ++field;
    const auto same = [&](const Field& candidate) {
      return candidate.name == view_of(theirs_field.name_string()) &&
             candidate.value == view_of(theirs_field.value());
    };
    EXPECT_TRUE(std::ranges::any_of(ours.head.fields, same)) << theirs_field.name_string();
  }
  EXPECT_EQ(field, ours.head.fields.end());
}

TEST(Parsers, agree_about_every_request_that_ours_accepts) {
  RequestGenerator generator{20240131};
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    const ParsedRequest ours{generator.make()};
    if (ours.outcome.status != HeadStatus::done) continue;
    ++accepted;
    expect_agreement(ours);
    if (HasFailure()) return;
  }
  EXPECT_GT(accepted, 4'000) << "the generator makes too few valid requests to prove anything";
}

TEST(Parsers, agree_about_requests_written_by_hand) {
  expect_agreement(ParsedRequest{"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"});
  expect_agreement(ParsedRequest{post_with("Content-Length: 9223372036854775807\r\n")});
  expect_agreement(ParsedRequest{post_with("Transfer-Encoding: chunked\r\n")});
}

}  // namespace
}  // namespace pushgate::http
