// admin_pages_test.cpp - which page a request gets, by calling the function that decides.

#include "pushgate/admin/admin_pages.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pushgate::admin {
namespace {

using ::testing::HasSubstr;

AdminPages sample_pages() {
  AdminPages pages;
  pages.readiness = [] { return Readiness{true, ""}; };
  pages.metrics = [] { return std::string{"pushgate_up 1\n"}; };
  pages.pages["/api/v1/status"] = [] {
    return AdminResponse{200, "application/json", "{\"version\":\"1\"}"};
  };
  return pages;
}

AdminResponse get(const AdminPages& pages, std::string_view target) {
  return answer(pages, {"GET", target, "127.0.0.1:6004", ""});
}

TEST(AdminPages, HealthIsOkEvenWhenNotReady) {
  AdminPages pages = sample_pages();
  pages.readiness = [] { return Readiness{false, "draining"}; };

  EXPECT_EQ(get(pages, "/healthz").status, 200U);
}

TEST(AdminPages, ReadinessFailsWithItsReason) {
  AdminPages pages = sample_pages();
  pages.readiness = [] { return Readiness{false, "draining \"now\""}; };

  const AdminResponse response = get(pages, "/readyz");

  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(response.body, "{\"ready\":false,\"reason\":\"draining \\\"now\\\"\"}\n");
}

TEST(AdminPages, ReadinessSucceedsWhenReady) {
  const AdminResponse response = get(sample_pages(), "/readyz");

  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body, "{\"ready\":true}\n");
}

TEST(AdminPages, MetricsNameTheTextFormat) {
  const AdminResponse response = get(sample_pages(), "/metrics");

  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.body, "pushgate_up 1\n");
}

TEST(AdminPages, ARegisteredPageIsFoundWithoutItsQuery) {
  EXPECT_EQ(get(sample_pages(), "/api/v1/status?pretty=1").body, "{\"version\":\"1\"}");
}

TEST(AdminPages, APathMustMatchWhole) {
  EXPECT_EQ(get(sample_pages(), "/api/v1/status/").status, 404U);
  EXPECT_EQ(get(sample_pages(), "/api/v1").status, 404U);
  EXPECT_THAT(get(sample_pages(), "/").body, HasSubstr("\"rule\":\"not_found\""));
}

TEST(AdminPages, OnlyReadingIsAllowed) {
  const AdminPages pages = sample_pages();

  for (const std::string_view method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    EXPECT_EQ(answer(pages, {method, "/healthz", "h", ""}).status, 405U) << method;
  }
  EXPECT_EQ(answer(pages, {"HEAD", "/healthz", "h", ""}).status, 200U);
}

TEST(AdminPages, APageThatThrowsIsAnsweredWith500) {
  AdminPages pages = sample_pages();
  pages.pages["/broken"] = []() -> AdminResponse { throw std::runtime_error("no table"); };

  const AdminResponse response = get(pages, "/broken");

  EXPECT_EQ(response.status, 500U);
  EXPECT_THAT(response.body, HasSubstr("no table"));
}

TEST(AdminPages, AnotherSitesScriptIsRefused) {
  const AdminPages pages = sample_pages();

  EXPECT_EQ(answer(pages, {"GET", "/metrics", "127.0.0.1:6004", "http://evil.test"}).status, 403U);
  EXPECT_EQ(answer(pages, {"GET", "/metrics", "127.0.0.1:6004", "null"}).status, 403U);
  EXPECT_EQ(answer(pages, {"GET", "/metrics", "127.0.0.1:6004", "http://127.0.0.1:6005"}).status,
            403U);
  EXPECT_EQ(answer(pages, {"GET", "/metrics", "LocalHost:6004", "http://localhost:6004"}).status,
            200U);
}

}  // namespace
}  // namespace pushgate::admin
