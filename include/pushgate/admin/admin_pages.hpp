#pragma once
// admin_pages.hpp - what the admin listener shows. The pages come from their owner, as functions.

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace pushgate::admin {

struct AdminResponse {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
};

/// What /readyz says: whether new connections should come here, and if not, why not.
struct Readiness {
  bool ready = false;
  std::string reason;  ///< "starting", "draining"; shown only if not ready
};

/// The functions run on the control thread, once per request, and should take less than a
/// millisecond or so, because signals and reload run there too. One that throws is answered with
/// 500.
struct AdminPages {
  std::function<Readiness()> readiness;
  std::function<std::string()> metrics;  ///< Prometheus text format 0.0.4
  /// Further pages by exact path: "/api/v1/status".
  std::map<std::string, std::function<AdminResponse()>, std::less<>> pages;
};

/// A request as far as the admin pages look at it.
struct AdminRequest {
  std::string_view method;
  std::string_view target;  ///< as received, with its query, which is ignored
  std::string_view host;    ///< empty if absent
  std::string_view origin;  ///< empty if absent
};

/// The answer to a request. 405 for anything but GET and HEAD, 404 for a path that is none of the
/// pages, 403 if a browser sends it on behalf of another site. HEAD is answered like GET: the
/// server leaves the body out. Never throws. Sans-I/O.
AdminResponse answer(const AdminPages& pages, const AdminRequest& request) noexcept;

/// {"error":{"status":404,"rule":"not_found","message":"..."}}
AdminResponse error_response(unsigned status, std::string_view rule, std::string_view message);

}  // namespace pushgate::admin
