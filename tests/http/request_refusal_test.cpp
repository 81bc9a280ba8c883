// What the head parser refuses, each rule with its error; and that the errors say the right thing.

#include <ostream>

#include <gtest/gtest.h>

#include "heads.hpp"
#include "refused_requests.hpp"

namespace pushgate::http {

std::ostream& operator<<(std::ostream& out, HeadError error) { return out << rule_of(error); }
std::ostream& operator<<(std::ostream& out, const RefusedRequest& request) {
  return out << request.name;
}

namespace {

class Refusal : public testing::TestWithParam<RefusedRequest> {};

TEST_P(Refusal, names_the_rule) { EXPECT_EQ(request_error(GetParam().bytes), GetParam().error); }

INSTANTIATE_TEST_SUITE_P(Table, Refusal, testing::ValuesIn(kRefusedRequests),
                         [](const auto& param) { return std::string{param.param.name}; });

TEST_P(Refusal, does_not_depend_on_how_the_bytes_arrive) {
  const std::string_view bytes = GetParam().bytes;
  RequestHead head;
  std::size_t scanned = 0;
  HeadOutcome outcome;
  for (std::size_t length = 1; length <= bytes.size(); ++length) {
    outcome = parse_request_head(bytes.substr(0, length), HeadLimits{}, scanned, head);
    ASSERT_NE(outcome.status, HeadStatus::done);
    if (outcome.status == HeadStatus::bad) break;
  }
  // What never ends cannot be told from what is still to come; a timeout ends that.
  if (outcome.status == HeadStatus::need_more) {
    EXPECT_FALSE(bytes.ends_with("\r\n\r\n"));
  } else {
    EXPECT_EQ(outcome.error, GetParam().error);
  }
}

TEST(RefusedHead, is_answered_with_the_status_of_its_rule) {
  EXPECT_EQ(status_of(HeadError::conflicting_framing), 400);
  EXPECT_EQ(status_of(HeadError::unknown_transfer_coding), 501);
  EXPECT_EQ(status_of(HeadError::body_in_http10_get), 413);
  EXPECT_EQ(status_of(HeadError::bad_expect), 417);
  EXPECT_EQ(status_of(HeadError::method_not_allowed), 405);
  EXPECT_EQ(status_of(HeadError::unsupported_version), 505);
  EXPECT_EQ(status_of(HeadError::head_too_large), 431);
  EXPECT_EQ(status_of(HeadError::too_many_fields), 431);
  EXPECT_EQ(status_of(HeadError::target_too_long), 414);
  EXPECT_EQ(status_of(HeadError::bad_response_framing), 502);
  EXPECT_EQ(rule_of(HeadError::conflicting_framing), "conflicting_framing");
}

TEST(RefusedHead, has_too_many_fields_from_the_101st_on) {
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "X: y\r\n";

  EXPECT_EQ(request_error(post_with(fields)), HeadError::none);
  EXPECT_EQ(request_error(post_with(fields + "X: y\r\n")), HeadError::too_many_fields);
}

TEST(RefusedHead, is_larger_than_the_limit) {
  const HeadLimits limits{.max_head_bytes = 256};
  const std::string fits = post_with("X: " + std::string(256 - 33, 'y') + "\r\n");
  ASSERT_EQ(fits.size(), 256u);

  EXPECT_EQ(request_error(fits, limits), HeadError::none);
  EXPECT_EQ(request_error(post_with("X: " + std::string(256 - 32, 'y') + "\r\n"), limits),
            HeadError::head_too_large);
}

TEST(RefusedHead, may_be_too_large_before_it_is_complete) {
  const HeadLimits limits{.max_head_bytes = 256};

  EXPECT_EQ(request_error("GET / HTTP/1.1\r\nX: " + std::string(255, 'y'), limits),
            HeadError::head_too_large);
}

TEST(RefusedHead, has_a_target_that_is_too_long) {
  const HeadLimits limits{.max_head_bytes = 256};

  EXPECT_EQ(request_error("GET /" + std::string(255, 'y'), limits), HeadError::target_too_long);
}

TEST(RefusedHead, arriving_in_pieces_is_too_large_as_well) {
  const HeadLimits limits{.max_head_bytes = 256};
  const std::string bytes = "GET / HTTP/1.1\r\nX: " + std::string(300, 'y');
  RequestHead head;
  std::size_t scanned = 0;

  ASSERT_EQ(
      parse_request_head(std::string_view{bytes}.substr(0, 255), limits, scanned, head).status,
      HeadStatus::need_more);

  EXPECT_EQ(parse_request_head(bytes, limits, scanned, head).error, HeadError::head_too_large);
}

}  // namespace
}  // namespace pushgate::http
