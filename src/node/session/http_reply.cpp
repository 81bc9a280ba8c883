#include "node/session/http_reply.hpp"

#include <algorithm>

#include "pushgate/base/glob.hpp"
#include "pushgate/base/text.hpp"
#include "pushgate/config/node_config.hpp"
#include "pushgate/http/local_answer.hpp"

namespace pushgate::node {

namespace {

constexpr std::string_view kMethods = "GET,HEAD,PUT,PATCH,POST,DELETE";

}  // namespace

void append_reply(std::string& out, const HttpReply& reply, const HttpReply::Cors& cors,
                  bool head_only) {
  out.append("HTTP/1.1 ").append(std::to_string(reply.status)).append(" ");
  out.append(http::reason_phrase(reply.status)).append("\r\n");
  const bool has_body = reply.status != 204 && reply.status != 304;
  if (has_body) {
    out.append("Content-Type: ").append(reply.content_type).append("\r\n");
    out.append("Content-Length: ").append(std::to_string(reply.body.size())).append("\r\n");
  }
  if (!reply.cacheable) out.append("Cache-Control: no-store\r\n");
  out.append(reply.keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n");
  out.append(cors.fields).append(reply.fields).append("\r\n");
  if (has_body && !head_only) out.append(reply.body);
}

HttpReply::Cors cors_fields(const config::CorsConfig* cors, const http::RequestHead& head) {
  HttpReply::Cors out;
  if (cors == nullptr) return out;
  const bool any =
      std::find(cors->origins.begin(), cors->origins.end(), "*") != cors->origins.end();
  if (any) {
    out.fields = "Access-Control-Allow-Origin: *\r\n";
    return out;
  }
  out.fields = "Vary: Origin\r\n";
  const http::Field* const origin = head.find(http::FieldId::origin);
  if (origin == nullptr) return out;
  const bool allowed =
      std::any_of(cors->origins.begin(), cors->origins.end(),
                  [&](const std::string& pattern) { return glob_matches(pattern, origin->value); });
  if (!allowed) return out;
  out.fields.append("Access-Control-Allow-Origin: ").append(origin->value).append("\r\n");
  if (cors->credentials) out.fields.append("Access-Control-Allow-Credentials: true\r\n");
  return out;
}

HttpReply preflight_reply(const HttpReply::Cors& cors, const http::RequestHead& head) {
  HttpReply reply;
  reply.status = 204;
  if (cors.fields.find("Access-Control-Allow-Origin") == std::string::npos) return reply;
  reply.fields.append("Access-Control-Allow-Methods: ").append(kMethods).append("\r\n");
  reply.fields += "Vary: Access-Control-Request-Headers\r\n";
  for (const http::Field& field : head.fields) {
    if (!iequals(field.name, "access-control-request-headers")) continue;
    reply.fields.append("Access-Control-Allow-Headers: ").append(field.value).append("\r\n");
  }
  return reply;
}

}  // namespace pushgate::node
