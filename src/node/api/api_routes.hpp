#pragma once
// api_routes.hpp - which operation a path and a method stand for. Sans-I/O.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pushgate::node {

enum class ApiOperation : std::uint8_t {
  publish,
  push,
  broadcast,
  disconnect,
  join,
  leave,
  batch,
  rooms,
  room,
  presence,
  user,
  message,
  openapi,
};
inline constexpr std::size_t kApiOperations = 13;

struct ApiRoute {
  std::string_view method;
  /// With at most one part in braces, at the end: it stands for one segment, percent-decoded.
  std::string_view path;
  std::string_view name;
  ApiOperation operation;
};

/// All there are. The description in openapi.json says the same: a test compares them.
inline constexpr std::array<ApiRoute, kApiOperations> kApiRoutes{{
    {"POST", "/api/v1/publish", "publish", ApiOperation::publish},
    {"POST", "/api/v1/push", "push", ApiOperation::push},
    {"POST", "/api/v1/broadcast", "broadcast", ApiOperation::broadcast},
    {"POST", "/api/v1/disconnect", "disconnect", ApiOperation::disconnect},
    {"POST", "/api/v1/join", "join", ApiOperation::join},
    {"POST", "/api/v1/leave", "leave", ApiOperation::leave},
    {"POST", "/api/v1/batch", "batch", ApiOperation::batch},
    {"GET", "/api/v1/rooms", "rooms", ApiOperation::rooms},
    {"GET", "/api/v1/rooms/{room}", "room", ApiOperation::room},
    {"GET", "/api/v1/presence", "presence", ApiOperation::presence},
    {"GET", "/api/v1/users/{uid}", "user", ApiOperation::user},
    {"GET", "/api/v1/messages/{id}", "message", ApiOperation::message},
    {"GET", "/api/v1/openapi.json", "openapi", ApiOperation::openapi},
}};

struct RouteMatch {
  const ApiRoute* route = nullptr;  ///< null: no such path, or not by this method
  std::string parameter{};          ///< what stands for the part in braces
  std::string_view allowed{};       ///< the path exists: its method
};

/// `path` without its query.
RouteMatch find_route(std::string_view method, std::string_view path);

}  // namespace pushgate::node
