// http_routes.cpp - the part of HttpConnection that finds out what a request is for.

#include <utility>

#include "pushgate/base/text.hpp"

#include "node/node_core.hpp"
#include "node/session/http_connection.hpp"

namespace pushgate::node {

using runtime::Task;

namespace {

/// "/socket.io/" and "/socket.io".
bool is_engine_path(std::string_view path, std::string_view engine) noexcept {
  return path == engine || path == engine.substr(0, engine.size() - 1);
}

bool has_etag(const http::RequestHead& head, std::string_view etag) noexcept {
  for (const http::Field& field : head.fields) {
    if (iequals(field.name, "if-none-match") && field.value.find(etag) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

Task<HttpConnection::Next> HttpConnection::serve(const http::RequestHead& head) {
  const config::NodeConfig& config = thread_.settings().config();
  if (is_engine_path(head.path, config.path)) {
    const Next next = co_await serve_engine(head);
    co_return next;
  }
  if (config.plain_websocket && head.path == *config.plain_websocket) {
    const Next next = co_await serve_plain(head);
    co_return next;
  }
  if (config.sse && head.path == *config.sse) {
    const Next next = co_await serve_event_stream(head);
    co_return next;
  }
  const Next next = co_await serve_file(head);
  co_return next;
}

Task<HttpConnection::Next> HttpConnection::serve_file(const http::RequestHead& head) {
  HttpReply answer{.status = 404};
  answer.body = "nothing here\n";
  answer.keep_alive = head.framing == http::Framing::none;  // a body is not read
  const bool is_read = head.method == http::Method::get || head.method == http::Method::head;
  if (const StaticFile* const file = is_read ? thread_.core().files().find(head.path) : nullptr) {
    answer.status = has_etag(head, file->etag) ? 304 : 200;
    answer.content_type = file->content_type;
    answer.body = file->body;
    answer.cacheable = true;
    answer.fields = "Cache-Control: public, max-age=0\r\nETag: " + file->etag + "\r\n";
  } else if (is_read && head.path == "/healthz") {
    answer.status = 200;
    answer.body = "ok\n";
  }
  const Next next = co_await reply(head, std::move(answer));
  co_return next;
}

}  // namespace pushgate::node
