// close_reason_test.cpp - the words that applications compare with, and who may come back.

#include "pushgate/node/transport/close_reason.hpp"

#include <gtest/gtest.h>

namespace pushgate::node {
namespace {

TEST(CloseReasonTest, HasTheNameOfTheReferenceAndSaysWhetherToRecover) {
  struct Expected {
    CloseReason reason;
    std::string_view name;
    bool is_recoverable;
  };
  constexpr Expected kAll[] = {
      {CloseReason::transport_error, "transport error", true},
      {CloseReason::transport_close, "transport close", true},
      {CloseReason::forced_close, "forced close", true},
      {CloseReason::ping_timeout, "ping timeout", true},
      {CloseReason::parse_error, "parse error", false},
      {CloseReason::server_namespace_disconnect, "server namespace disconnect", false},
      {CloseReason::client_namespace_disconnect, "client namespace disconnect", false},
      {CloseReason::server_shutting_down, "server shutting down", true},
      {CloseReason::forced_server_close, "forced server close", true},
      {CloseReason::too_many_events, "too many events", false},
      {CloseReason::slow_consumer, "slow consumer", true},
  };
  for (const Expected& expected : kAll) {
    EXPECT_EQ(name_of(expected.reason), expected.name);
    EXPECT_EQ(is_recoverable(expected.reason), expected.is_recoverable) << expected.name;
  }
}

}  // namespace
}  // namespace pushgate::node
