// diagnostics_test.cpp - how errors are shown, and in which order.

#include "pushgate/config/diagnostics.hpp"

#include <gtest/gtest.h>

#include "pushgate/config/load.hpp"

namespace pushgate::config::test {
namespace {

TEST(Diagnostics, ShowPlacePathMessageAndRemedy) {
  const Diagnostic diagnostic{{"a.json", 3, 7}, "/x/0", "it is wrong", "write it right"};

  EXPECT_EQ(to_string(diagnostic), "a.json:3:7: /x/0: it is wrong (write it right)");
}

TEST(Diagnostics, LeaveOutWhatThereIsNot) {
  EXPECT_EQ(to_string(Diagnostic{{"a.json", 3, 7}, "", "it is wrong", ""}),
            "a.json:3:7: it is wrong");
  EXPECT_EQ(to_string(Diagnostic{{"a.json", 0, 0}, "", "it is gone", ""}), "a.json: it is gone");
}

TEST(Diagnostics, AreSortedByPlaceWithinEachFile) {
  std::vector<Diagnostic> diagnostics{{{"z.json", 2, 1}, "", "3", ""},
                                      {{"z.json", 1, 9}, "", "2", ""},
                                      {{"z.json", 1, 2}, "", "1", ""},
                                      {{"a.json", 1, 1}, "", "4", ""}};

  sort_by_position(diagnostics);

  std::string order;
  for (const Diagnostic& diagnostic : diagnostics) order += diagnostic.message;
  EXPECT_EQ(order, "1234");
}

TEST(Diagnostics, AReportEndsWithTheirNumber) {
  const Diagnostic one{{"a.json", 1, 1}, "", "x", ""};

  EXPECT_EQ(report({}), "");
  EXPECT_EQ(report({one}), "a.json:1:1: x\n1 error\n");
  EXPECT_EQ(report({one, one}), "a.json:1:1: x\na.json:1:1: x\n2 errors\n");
}

TEST(SystemResolver, PrefersIpv4) {
  const Result<IpAddress> address = system_resolver()("localhost");

  ASSERT_TRUE(address.has_value()) << address.error().message();
  EXPECT_EQ(address->to_string(), "127.0.0.1");
}

}  // namespace
}  // namespace pushgate::config::test
