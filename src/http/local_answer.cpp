#include "pushgate/http/local_answer.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "pushgate/base/text.hpp"

#include "civil_time.hpp"
#include "number.hpp"

namespace pushgate::http {

namespace {

struct Phrase {
  std::uint16_t status;
  std::string_view text;
};

constexpr std::array kPhrases{
    Phrase{200, "OK"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{408, "Request Timeout"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{417, "Expectation Failed"},
    Phrase{426, "Upgrade Required"},
    Phrase{429, "Too Many Requests"},
    Phrase{430, "User Required"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
};

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
  const auto found = std::ranges::find(kPhrases, status, &Phrase::status);
  return found == kPhrases.end() ? std::string_view{"Unknown"} : found->text;
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
