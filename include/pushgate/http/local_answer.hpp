#pragma once
// local_answer.hpp - the responses that the agent gives itself, refusals above all.

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

namespace pushgate::http {

/// An interim response, sent before a body that the client holds back (Expect: 100-continue).
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// The phrase for a status line, 430 included ("User Required"); "Unknown" for a status without
/// one.
std::string_view reason_phrase(std::uint16_t status) noexcept;

/// A refusal. Its body is JSON:
/// {"error":{"status":430,"rule":"missing_uid","message":"...","requestId":"..."}}
struct LocalAnswer {
  std::uint16_t status = 400;
  std::string_view rule{};        ///< stable name of what refused, for people's scripts
  std::string_view message{};     ///< one sentence for people
  std::string_view request_id{};  ///< left out of the body if empty

  std::string_view body{};  ///< if not empty, the whole body in place of the JSON (missingUidBody)
  std::string_view content_type = "application/json";
  std::string_view extra_fields{};  ///< complete lines with CR LF

  std::uint32_t retry_after_s = 0;  ///< Retry-After in seconds; 0: none
  std::time_t date = 0;             ///< for Date; 0: none
  bool keep_alive = false;          ///< false: Connection: close
  bool head_request = false;        ///< the answer to HEAD: Content-Length, but no body
};

/// Appends the whole response, head and body, as HTTP/1.1 (which an HTTP/1.0 client can read), with
/// Allow for 405, and Upgrade and Sec-WebSocket-Version for 426. The
/// texts are escaped; `content_type` and `extra_fields` are the caller's to keep clean.
void append_local_answer(std::string& out, const LocalAnswer& answer);

/// Appends an IMF-fixdate (RFC 9110 section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
void append_http_date(std::string& out, std::time_t time);

}  // namespace pushgate::http
