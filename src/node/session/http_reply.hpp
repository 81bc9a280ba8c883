#pragma once
// http_reply.hpp - the answers of a node to HTTP requests. Sans-I/O.

#include <cstdint>
#include <string>
#include <string_view>

#include "pushgate/http/head.hpp"

namespace pushgate::config {
struct CorsConfig;
}

namespace pushgate::node {

struct HttpReply {
  /// What a page of another origin may know, as complete lines.
  struct Cors {
    std::string fields{};
  };

  std::uint16_t status = 200;
  std::string_view content_type = "text/plain; charset=UTF-8";
  std::string body{};
  std::string fields{};  ///< further complete lines
  bool cacheable = false;
  bool keep_alive = true;
};

/// Appends the whole answer. `head_only`: to HEAD.
void append_reply(std::string& out, const HttpReply& reply, const HttpReply::Cors& cors,
                  bool head_only);

/// The lines for a request with this Origin; none if the configuration does not let it.
HttpReply::Cors cors_fields(const config::CorsConfig* cors, const http::RequestHead& head);
/// The answer to OPTIONS.
HttpReply preflight_reply(const HttpReply::Cors& cors, const http::RequestHead& head);

}  // namespace pushgate::node
