#pragma once
// api_reply.hpp - what the API answers. Sans-I/O.

#include <string>
#include <string_view>

namespace pushgate::node {

struct ApiReply {
  unsigned status = 200;
  std::string body = "{\"ok\":true}";  ///< JSON
  std::string_view allow{};            ///< with 405: the method that there is
};

/// What is wrong with a request.
struct ApiProblem {
  unsigned status = 400;
  std::string rule;     ///< stable name, for people's scripts
  std::string message;  ///< one sentence for people
  std::string field;    ///< the JSON field or parameter: "rooms[2]"; empty: none in particular
};

/// {"error":{"status":400,"rule":"bad_field","message":"...","field":"rooms[2]"}}
ApiReply to_reply(const ApiProblem& problem);

}  // namespace pushgate::node
