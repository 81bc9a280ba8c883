#pragma once
// route_command.hpp - `pushgate route`: why does this user go to that node?

#include <string>

namespace pushgate::app {

struct RouteQuery {
  std::string uid;
  std::string product = "default";
  std::string request_file;  ///< instead of uid and product: a request head to apply the rules to
  std::string client = "127.0.0.1";
  bool json = false;
};

int explain_route(const std::string& config_file, const RouteQuery& query);

}  // namespace pushgate::app
