// admin_pages.cpp - from a request to the page it asks for.

#include "pushgate/admin/admin_pages.hpp"

#include <exception>

#include "pushgate/base/text.hpp"

namespace pushgate::admin {

namespace {

AdminResponse healthz() { return {200, "text/plain; charset=utf-8", "ok\n"}; }

AdminResponse readyz(const AdminPages& pages) {
  const Readiness readiness = pages.readiness();
  if (readiness.ready) return {200, "application/json", "{\"ready\":true}\n"};
  std::string body = "{\"ready\":false,\"reason\":\"";
  append_json_escaped(body, readiness.reason);
  body += "\"}\n";
  return {503, "application/json", std::move(body)};
}

AdminResponse page(const AdminPages& pages, std::string_view path) {
  if (path == "/healthz") return healthz();
  if (path == "/readyz") return readyz(pages);
  if (path == "/metrics") {
    return {200, "text/plain; version=0.0.4; charset=utf-8", pages.metrics()};
  }
  const auto found = pages.pages.find(path);
  if (found == pages.pages.end()) {
    return error_response(404, "not_found", "there is no such page");
  }
  return found->second();
}

// A page of another site may make its reader's browser send requests to a loopback address. Such a
// request names where it comes from, and that is not where it goes to. "null" never matches.
bool is_cross_site(const AdminRequest& request) {
  if (request.origin.empty()) return false;
  constexpr std::string_view kScheme = "http://";
  return !request.origin.starts_with(kScheme) ||
         !iequals(request.origin.substr(kScheme.size()), request.host);
}

}  // namespace

AdminResponse error_response(unsigned status, std::string_view rule, std::string_view message) {
  std::string body = "{\"error\":{\"status\":" + std::to_string(status) + ",\"rule\":\"";
  append_json_escaped(body, rule);
  body += "\",\"message\":\"";
  append_json_escaped(body, message);
  body += "\"}}\n";
  return {status, "application/json", std::move(body)};
}

AdminResponse answer(const AdminPages& pages, const AdminRequest& request) noexcept {
  if (request.method != "GET" && request.method != "HEAD") {
    return error_response(405, "method_not_allowed", "the admin pages are read-only");
  }
  if (is_cross_site(request)) {
    return error_response(403, "cross_site", "requests from other sites are refused");
  }
  try {
    return page(pages, request.target.substr(0, request.target.find('?')));
  } catch (const std::exception& error) {
    return error_response(500, "page_failed", error.what());
  } catch (...) {
    return error_response(500, "page_failed", "unknown exception");
  }
}

}  // namespace pushgate::admin
