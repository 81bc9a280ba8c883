#pragma once
// head_parser.hpp - bytes to heads. Strict: what two parsers could read differently is refused
// here.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pushgate/http/head.hpp"

namespace pushgate::http {

/// Why a head was refused. Each has a status to answer with and a stable rule name for the JSON
/// body, the log and the metric (`rule_of`, `status_of`).
enum class HeadError : std::uint8_t {
  none,
  bad_request_line,
  bad_method,
  bad_target,           // control characters, '#', not origin-, absolute- or asterisk-form
  bad_version,          // HTTP/0.9, or not HTTP/1.x
  unsupported_version,  // HTTP/2.0 and the like: 505
  method_not_allowed,   // CONNECT, TRACE: 405
  bad_field_name,
  bad_field_value,
  obsolete_folding,
  bare_line_feed,
  missing_host,
  duplicate_host,
  bad_host,
  host_mismatch,        // absolute-form authority and Host disagree
  conflicting_framing,  // Content-Length and Transfer-Encoding
  bad_content_length,
  bad_transfer_coding,      // chunked twice, not last, or empty: 400
  unknown_transfer_coding,  // gzip, chunked: 501
  transfer_encoding_in_http10,
  body_in_http10_get,  // 413
  bad_expect,          // 417
  head_too_large,      // 431
  too_many_fields,     // 431
  target_too_long,     // 414
  bad_status_line,     // responses from here on: 502
  bad_response_framing,
};

/// The status to answer a refused request with. From bad_status_line on, and for whatever was wrong
/// with a response, the client gets 502 whatever this says.
std::uint16_t status_of(HeadError error) noexcept;
std::string_view rule_of(HeadError error) noexcept;     ///< e.g. "conflicting_framing"
std::string_view message_of(HeadError error) noexcept;  ///< one sentence for people

struct HeadLimits {
  std::size_t max_head_bytes = 16 * 1024;
  std::size_t max_fields = 100;
  bool allow_bare_lf = false;  ///< accept LF for CR LF in heads (never in chunked coding)
};

enum class HeadStatus : std::uint8_t { need_more, done, bad };

struct HeadOutcome {
  HeadStatus status = HeadStatus::need_more;
  std::size_t head_bytes = 0;  ///< with `done`: where the body begins
  HeadError error = HeadError::none;
};

/// Parses the head at the start of `bytes` (up to eight empty lines before a request line are
/// skipped, RFC 9112 section 2.2). With `need_more` nothing is promised about `head`: call again
/// with more bytes from the same start. `scanned` (0 before the first call, kept by the caller
/// between calls, 0 again after `done`) makes the repeated calls linear in total: an incomplete
/// head is parsed once, then only its end is looked for. So what is wrong with a head is reported
/// at the first call or when the head is complete. Views in `head` point into `bytes` (or to static
/// text).
///
/// Thread-safe; allocates only to grow head.fields. O(bytes).
HeadOutcome parse_request_head(std::string_view bytes, const HeadLimits& limits,
                               std::size_t& scanned, RequestHead& head);

/// The same for a response to a request with `request_method`, which decides about the body (HEAD).
/// No empty line is skipped before the status line.
HeadOutcome parse_response_head(std::string_view bytes, const HeadLimits& limits,
                                Method request_method, std::size_t& scanned, ResponseHead& head);

}  // namespace pushgate::http
