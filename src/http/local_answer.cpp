#include "pushgate/http/local_answer.hpp"

#include <array>

#include "pushgate/base/text.hpp"

#include "civil_time.hpp"
#include "number.hpp"

namespace pushgate::http {

namespace {

void append_json_body(std::string& out, const LocalAnswer& answer) {
  out += R"({"error":{"status":)";
  append_number(out, answer.status);
  out += R"(,"rule":")";
  append_json_escaped(out, answer.rule);
  out += R"(","message":")";
  append_json_escaped(out, answer.message);
  if (!answer.request_id.empty()) {
    out += R"(","requestId":")";
    append_json_escaped(out, answer.request_id);
  }
  out += "\"}}\n";
}

/// What RFC 9110 sections 15.5.6 and 15.5.22, and RFC 6455 section 4.4, want beside these statuses:
/// the end of the Connection line, and further lines.
std::string_view fields_required_by(std::uint16_t status) noexcept {
  switch (status) {
    case 405:
      return "\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
    case 426:
      return ", upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    default:
      return "\r\n";
  }
}

void append_head(std::string& out, const LocalAnswer& answer, std::size_t body_bytes) {
  out += "HTTP/1.1 ";
  append_number(out, answer.status);
  out += ' ';
  out += reason_phrase(answer.status);
  if (answer.date != 0) {
    out += "\r\nDate: ";
    append_http_date(out, answer.date);
  }
  out += "\r\nContent-Type: ";
  out += answer.content_type;
  out += "\r\nContent-Length: ";
  append_number(out, body_bytes);
  out += answer.keep_alive ? "\r\nConnection: keep-alive" : "\r\nConnection: close";
  out += fields_required_by(answer.status);
  if (answer.retry_after_s != 0) {
    out += "Retry-After: ";
    append_number(out, answer.retry_after_s);
    out += "\r\n";
  }
  out += "Cache-Control: no-store\r\n";
  out += answer.extra_fields;
  out += "\r\n";
}

}  // namespace

std::string_view reason_phrase(std::uint16_t status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 430:
      return "User Required";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

void append_local_answer(std::string& out, const LocalAnswer& answer) {
  std::string json;
  if (answer.body.empty()) append_json_body(json, answer);
  const std::string_view body = answer.body.empty() ? std::string_view{json} : answer.body;
  append_head(out, answer, body.size());
  if (!answer.head_request) out += body;
}

void append_http_date(std::string& out, std::time_t time) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const CivilTime civil = civil_time(std::chrono::system_clock::from_time_t(time));
  out += kDays[civil.weekday];
  out += ", ";
  append_padded(out, civil.day, 2);
  out += ' ';
  out += kMonths[civil.month - 1];
  out += ' ';
  append_padded(out, civil.year, 4);
  out += ' ';
  append_padded(out, civil.hour, 2);
  out += ':';
  append_padded(out, civil.minute, 2);
  out += ':';
  append_padded(out, civil.second, 2);
  out += " GMT";
}

}  // namespace pushgate::http
