#pragma once
// head.hpp - the head of an HTTP/1 message as spans over the read buffer. Nothing is copied.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pushgate::http {

/// The header fields that the proxy itself acts upon. Everything else is `other` and is only passed
/// on. A name is looked up once, while the head is parsed; later code compares this number.
enum class FieldId : std::uint8_t {
  other,
  authorization,
  connection,
  content_length,
  cookie,
  date,
  expect,
  forwarded,
  host,
  http2_settings,
  keep_alive,
  origin,
  proxy_authenticate,
  proxy_authorization,
  proxy_connection,
  referer,
  sec_websocket_accept,
  sec_websocket_extensions,
  sec_websocket_key,
  sec_websocket_protocol,
  sec_websocket_version,
  server,
  set_cookie,
  te,
  trailer,
  transfer_encoding,
  upgrade,
  user_agent,
  via,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_proto,
  x_request_id,
};

/// The id of a field name, whatever its case; FieldId::other if the proxy does not act upon it.
/// One table look-up and one comparison. Precondition: no control characters, as in every token and
/// every parsed value.
FieldId field_id(std::string_view name) noexcept;
/// The name as it is usually written ("Content-Length"); empty for FieldId::other.
std::string_view name_of(FieldId id) noexcept;

enum class Method : std::uint8_t {
  other,
  get,
  head,
  post,
  put,
  del,
  options,
  patch,
  connect,
  trace
};

/// RFC 9110 section 9.2.2: sending such a request twice means the same as sending it once.
constexpr bool is_idempotent(Method method) noexcept {
  return method == Method::get || method == Method::head || method == Method::put ||
         method == Method::del || method == Method::options || method == Method::trace;
}

struct Field {
  std::string_view name;   ///< as received, a token
  std::string_view value;  ///< without leading and trailing whitespace; no CR, LF or NUL inside
  FieldId id = FieldId::other;
};

/// The first field with this id; nullptr if there is none. O(fields).
const Field* find_field(std::span<const Field> fields, FieldId id) noexcept;
/// How many fields have this id. O(fields).
std::size_t count_fields(std::span<const Field> fields, FieldId id) noexcept;

/// How the end of a body is found (RFC 9112 section 6.3).
enum class Framing : std::uint8_t {
  none,         ///< no body
  length,       ///< exactly `content_length` bytes follow the head
  chunked,      ///< chunked coding; the last chunk ends it
  until_close,  ///< responses only: the end of the connection ends it
};

/// A request head that passed every check of parse_request_head. All views point into the buffer
/// that was parsed and live as long as it does.
struct RequestHead {
  Method method = Method::other;
  std::uint8_t minor_version = 1;  ///< HTTP/1.0 or HTTP/1.1
  std::string_view method_name;
  std::string_view target;  ///< as received: origin-form, absolute-form, or "*"
  std::string_view path;    ///< of the target, without the query; "*" for asterisk-form, "/" if an
                            ///< absolute-form target has none
  std::string_view query;   ///< without "?"; empty if there is none
  bool has_query = false;   ///< tells "/x?" from "/x"
  std::string_view host;  ///< the one Host (or absolute-form authority); empty in HTTP/1.0 without
  std::vector<Field> fields;

  Framing framing = Framing::none;
  std::uint64_t content_length = 0;  ///< meaningful for Framing::length

  // What the Connection, Upgrade and Expect fields say, gathered while parsing.
  bool keep_alive = true;         ///< the client would like to send another request
  bool expects_continue = false;  ///< Expect: 100-continue
  bool wants_upgrade = false;     ///< has an Upgrade field *and* Connection: upgrade, HTTP/1.1
  bool has_connection_options = false;  ///< Connection nominates fields besides the standard tokens

  const Field* find(FieldId id) const noexcept { return find_field(fields, id); }
  void clear() noexcept;  ///< ready for the next parse; keeps the capacity of `fields`
};

/// A response head that passed every check of parse_response_head.
struct ResponseHead {
  std::uint16_t status = 0;  ///< 100..599
  std::uint8_t minor_version = 1;
  std::string_view reason;
  std::vector<Field> fields;

  Framing framing = Framing::until_close;
  std::uint64_t content_length = 0;
  bool keep_alive = true;      ///< the upstream will take another request on this connection
  bool wants_upgrade = false;  ///< has an Upgrade field and Connection: upgrade
  bool has_connection_options = false;

  const Field* find(FieldId id) const noexcept { return find_field(fields, id); }
  void clear() noexcept;
};

}  // namespace pushgate::http
