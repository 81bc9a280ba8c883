#include "node/api/api_routes.hpp"

#include "pushgate/http/percent.hpp"

namespace pushgate::node {

namespace {

/// Nullopt: not this path. Otherwise the parameter, empty for a path without one.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  const std::size_t brace = pattern.find('{');
  if (brace == pattern.npos) return pattern == path ? std::optional{std::string{}} : std::nullopt;
  if (!path.starts_with(pattern.substr(0, brace))) return std::nullopt;
  const std::string_view segment = path.substr(brace);
  if (segment.empty() || segment.find('/') != segment.npos) return std::nullopt;
  return http::percent_decode(segment, http::Plus::literal);
}

}  // namespace

RouteMatch find_route(std::string_view method, std::string_view path) {
  RouteMatch found;
  for (const ApiRoute& route : kApiRoutes) {
    std::optional<std::string> parameter = match(route.path, path);
    if (!parameter) continue;
    found.allowed = route.method;
    if (route.method != method) continue;
    found.route = &route;
    found.parameter = std::move(*parameter);
    return found;
  }
  return found;
}

}  // namespace pushgate::node
