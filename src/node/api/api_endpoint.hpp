#pragma once
// api_endpoint.hpp - from a request to its answer: key, route, body, and what an Idempotency-Key
// remembers.

#include <string>
#include <string_view>
#include <vector>

#include "node/api/api_metrics.hpp"
#include "node/api/api_service.hpp"
#include "node/api/idempotency.hpp"

namespace pushgate::node {

/// Views are valid during the call. Fields that are absent are empty.
struct ApiRequest {
  std::string_view method;
  std::string_view target;
  std::string_view authorization{};
  std::string_view content_type{};
  std::string_view idempotency_key{};
  std::string_view origin{};
  std::string_view body{};
};

/// The API but for its sockets. One thread.
class ApiEndpoint {
 public:
  /// Does work on the endpoint's thread, when it is free.
  using Later = std::function<void(std::function<void()> work)>;
  ApiEndpoint(NodeCore& node, Push* push, ApiMetrics& metrics, Later later);

  /// `done` may be called from within, and on any thread. Returns the route, for the figures; null
  /// if there is none.
  const ApiRoute* handle(const ApiRequest& request, ApiDone done);

 private:
  void answer_command(const ApiRoute& route, const ApiRequest& request, ApiDone done);
  ApiReply command(const ApiRoute& route, const ApiRequest& request, KeptTogether& kept);
  ApiReply execute(const ApiRoute& route, std::string_view body, KeptTogether& kept) const;
  ApiReply run_one(CommandKind kind, std::string_view body, KeptTogether& kept) const;
  ApiReply run_batch(std::string_view body, KeptTogether& kept) const;

  NodeCore& node_;
  ApiMetrics& metrics_;
  ApiService service_;
  IdempotencyTable answered_;
  Later later_;
};

/// Is `authorization` "Bearer" and one of the keys? Takes as long whichever key it is, and however
/// much of it is right.
bool has_key(std::string_view authorization, const std::vector<std::string>& keys);

/// The description of the API (OpenAPI 3.1), as it is served.
std::string_view openapi_text() noexcept;

}  // namespace pushgate::node
