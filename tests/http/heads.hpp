#pragma once
// heads.hpp - parsing a whole head in one call, for the tests of this module.

#include <string>
#include <string_view>

#include "pushgate/http/head_parser.hpp"

namespace pushgate::http {

/// Keeps the bytes that the head's views point into.
struct ParsedRequest {
  explicit ParsedRequest(std::string text, const HeadLimits& limits = {}) : bytes(std::move(text)) {
    outcome = parse_request_head(bytes, limits, scanned, head);
  }
  ParsedRequest(const ParsedRequest&) = delete;
  ParsedRequest& operator=(const ParsedRequest&) = delete;

  std::string bytes;
  std::size_t scanned = 0;
  RequestHead head;
  HeadOutcome outcome;
};

struct ParsedResponse {
  explicit ParsedResponse(std::string text, Method request_method = Method::get)
      : bytes(std::move(text)) {
    outcome = parse_response_head(bytes, HeadLimits{}, request_method, scanned, head);
  }
  ParsedResponse(const ParsedResponse&) = delete;
  ParsedResponse& operator=(const ParsedResponse&) = delete;

  std::string bytes;
  std::size_t scanned = 0;
  ResponseHead head;
  HeadOutcome outcome;
};

inline HeadError request_error(std::string_view text, const HeadLimits& limits = {}) {
  const ParsedRequest parsed{std::string{text}, limits};
  return parsed.outcome.error;
}

inline HeadError response_error(std::string_view text, Method request_method = Method::get) {
  const ParsedResponse parsed{std::string{text}, request_method};
  return parsed.outcome.error;
}

/// A POST with these header lines (each with CR LF) after Host.
inline std::string post_with(std::string_view lines) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string{lines} + "\r\n";
}

}  // namespace pushgate::http
