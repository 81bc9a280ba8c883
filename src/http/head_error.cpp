// head_error.cpp - status, rule name and sentence of every HeadError.

#include <array>

#include "pushgate/http/head_parser.hpp"

namespace pushgate::http {

namespace {

struct Entry {
  HeadError error;
  std::uint16_t status;
  std::string_view rule;
  std::string_view message;
};

using enum HeadError;

constexpr std::array kEntries{
    Entry{none, 200, "none", "no error"},
    Entry{bad_request_line, 400, "bad_request_line", "the request line is malformed"},
    Entry{bad_method, 400, "bad_method", "the method is not a token"},
    Entry{bad_target, 400, "bad_target", "the request target is malformed"},
    Entry{bad_version, 400, "bad_version", "the request does not speak HTTP/1.x"},
    Entry{unsupported_version, 505, "unsupported_version", "only HTTP/1.0 and HTTP/1.1 are spoken"},
    Entry{method_not_allowed, 405, "method_not_allowed", "CONNECT and TRACE are not served"},
    Entry{bad_field_name, 400, "bad_field_name",
          "a header name is not a token followed by a colon"},
    Entry{bad_field_value, 400, "bad_field_value", "a header value has a forbidden character"},
    Entry{obsolete_folding, 400, "obsolete_folding", "a header is folded over several lines"},
    Entry{bare_line_feed, 400, "bare_line_feed", "a line ends with LF without CR"},
    Entry{missing_host, 400, "missing_host", "an HTTP/1.1 request needs a Host header"},
    Entry{duplicate_host, 400, "duplicate_host", "there is more than one Host header"},
    Entry{bad_host, 400, "bad_host", "the host or port is malformed"},
    Entry{host_mismatch, 400, "host_mismatch", "the request target and Host name different hosts"},
    Entry{conflicting_framing, 400, "conflicting_framing",
          "both Content-Length and Transfer-Encoding are given"},
    Entry{bad_content_length, 400, "bad_content_length", "Content-Length is not one plain number"},
    Entry{bad_transfer_coding, 400, "bad_transfer_coding",
          "Transfer-Encoding is not exactly one \"chunked\""},
    Entry{unknown_transfer_coding, 501, "unknown_transfer_coding",
          "no transfer coding but chunked is served"},
    Entry{transfer_encoding_in_http10, 400, "transfer_encoding_in_http10",
          "HTTP/1.0 has no Transfer-Encoding"},
    Entry{body_in_http10_get, 413, "body_in_http10_get",
          "an HTTP/1.0 GET or HEAD may not have a body"},
    Entry{bad_expect, 417, "bad_expect", "only Expect: 100-continue is understood"},
    Entry{head_too_large, 431, "head_too_large", "the header section is too large"},
    Entry{too_many_fields, 431, "too_many_fields", "there are too many headers"},
    Entry{target_too_long, 414, "target_too_long", "the request line is too long"},
    Entry{bad_status_line, 502, "bad_status_line", "the response has a malformed status line"},
    Entry{bad_response_framing, 502, "bad_response_framing",
          "the length of the response is ambiguous"},
};

constexpr bool in_the_order_of_the_enumeration() {
  for (std::size_t i = 0; i < kEntries.size(); ++i) {
    if (static_cast<std::size_t>(kEntries[i].error) != i) return false;
  }
  return kEntries.size() == static_cast<std::size_t>(bad_response_framing) + 1;
}
static_assert(in_the_order_of_the_enumeration());

const Entry& entry_of(HeadError error) noexcept {
  return kEntries[static_cast<std::size_t>(error)];
}

}  // namespace

std::uint16_t status_of(HeadError error) noexcept { return entry_of(error).status; }
std::string_view rule_of(HeadError error) noexcept { return entry_of(error).rule; }
std::string_view message_of(HeadError error) noexcept { return entry_of(error).message; }

}  // namespace pushgate::http
