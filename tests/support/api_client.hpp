#pragma once
// api_client.hpp - speaks to the HTTP API of push nodes, one connection for each request.

#include <string>
#include <string_view>

#include "pushgate/node/nodes.hpp"

#include "support/http_message.hpp"
#include "support/nodes_under_test.hpp"
#include "support/patience.hpp"

namespace pushgate::test {

/// `fields` are further lines of the request, each with CR LF.
class ApiClient {
 public:
  explicit ApiClient(const NodesUnderTest& nodes) : at_(nodes.nodes().api_listening().value()) {}

  HttpMessage get(std::string_view target, std::string_view fields = {}) const {
    return send(test::get(target, fields));
  }
  HttpMessage post(std::string_view target, std::string_view body,
                   std::string_view fields = {}) const {
    return send(
        request("POST", target, body, std::string{fields} + "Content-Type: application/json\r\n"));
  }
  HttpMessage send(std::string_view bytes) const {
    RawStream stream = RawStream::connect(at_);
    return ask(stream, bytes);
  }
  static std::string request(std::string_view method, std::string_view target,
                             std::string_view body, std::string_view fields) {
    return std::string{method} + " " + std::string{target} +
           " HTTP/1.1\r\nHost: api\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string{fields} + "\r\n" + std::string{body};
  }
  const Endpoint& endpoint() const { return at_; }

  /// The body of GET `target`, as soon as it has `part` in it; the last one if that never happens.
  std::string body_with(std::string_view target, std::string_view part) const {
    std::string body;
    eventually([&] {
      body = get(target).body;
      return body.find(part) != body.npos;
    });
    return body;
  }

 private:
  Endpoint at_;
};

}  // namespace pushgate::test
