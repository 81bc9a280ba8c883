// start_line.cpp - request lines and status lines (RFC 9112 sections 3 and 4).

#include <algorithm>

#include "pushgate/base/text.hpp"

#include "parse_step.hpp"

namespace pushgate::http {

namespace {

constexpr std::string_view kVersionStart = "HTTP/";
constexpr std::size_t kVersionBytes = 8;  // "HTTP/1.1"

Method method_of(std::string_view name) noexcept {
  switch (name.size()) {
    case 3:
      if (name == "GET") return Method::get;
      return name == "PUT" ? Method::put : Method::other;
    case 4:
      if (name == "POST") return Method::post;
      return name == "HEAD" ? Method::head : Method::other;
    case 5:
      if (name == "PATCH") return Method::patch;
      return name == "TRACE" ? Method::trace : Method::other;
    case 6:
      return name == "DELETE" ? Method::del : Method::other;
    case 7:
      if (name == "OPTIONS") return Method::options;
      return name == "CONNECT" ? Method::connect : Method::other;
    default:
      return Method::other;
  }
}

Step parse_method(Cursor& cursor, RequestHead& head) noexcept {
  const char* const start = cursor.at;
  const char* const stop = find_token_end(start, cursor.end);
  if (stop == cursor.end) return kNeedMore;
  if (stop == start || *stop != ' ') return bad(HeadError::bad_method);
  head.method_name = std::string_view{start, static_cast<std::size_t>(stop - start)};
  head.method = method_of(head.method_name);
  cursor.at = stop + 1;
  return kDone;
}

void split_path_and_query(std::string_view path_and_query, RequestHead& head) noexcept {
  const std::size_t mark = path_and_query.find('?');
  head.path = path_and_query.substr(0, mark);
  head.has_query = mark != path_and_query.npos;
  if (head.has_query) head.query = path_and_query.substr(mark + 1);
}

std::string_view scheme_end(std::string_view target) noexcept {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  if (iequals(target.substr(0, kHttp.size()), kHttp)) return target.substr(kHttp.size());
  if (iequals(target.substr(0, kHttps.size()), kHttps)) return target.substr(kHttps.size());
  return {};
}

/// RFC 9112 section 3.2. Authority-form belongs to CONNECT, which was refused before.
HeadError classify_target(RequestHead& head) noexcept {
  if (head.target.front() == '/') {
    split_path_and_query(head.target, head);
    return HeadError::none;
  }
  if (head.target == "*") {
    if (head.method != Method::options) return HeadError::bad_target;
    head.path = head.target;
    return HeadError::none;
  }
  const std::string_view after_scheme = scheme_end(head.target);
  if (after_scheme.empty()) return HeadError::bad_target;
  const std::size_t authority_bytes = after_scheme.find_first_of("/?");
  head.host = after_scheme.substr(0, authority_bytes);
  if (!is_valid_authority(head.host)) return HeadError::bad_host;
  if (authority_bytes != after_scheme.npos) {
    split_path_and_query(after_scheme.substr(authority_bytes), head);
  }
  if (head.path.empty()) head.path = "/";
  return HeadError::none;
}

Step parse_target(Cursor& cursor, RequestHead& head) noexcept {
  const char* const start = cursor.at;
  const char* const stop = find_target_end(start, cursor.end);
  if (stop == cursor.end) return kNeedMore;
  if (stop == start && *stop == ' ') return bad(HeadError::bad_request_line);
  // "GET /" and the end of the line: HTTP/0.9 had no version.
  if (stop != start && (*stop == '\r' || *stop == '\n')) return bad(HeadError::bad_version);
  if (stop == start || *stop != ' ') return bad(HeadError::bad_target);
  head.target = std::string_view{start, static_cast<std::size_t>(stop - start)};
  cursor.at = stop + 1;
  return kDone;
}

/// Reads "HTTP/1.0" or "HTTP/1.1".
Step parse_version(Cursor& cursor, std::uint8_t& minor) noexcept {
  const auto available = static_cast<std::size_t>(cursor.end - cursor.at);
  const std::string_view text{cursor.at, std::min(available, kVersionBytes)};
  const std::size_t fixed = std::min(text.size(), kVersionStart.size());
  if (text.substr(0, fixed) != kVersionStart.substr(0, fixed)) return bad(HeadError::bad_version);
  if (text.size() < kVersionBytes) return kNeedMore;
  if (!is_of(text[5], kDigitChar) || text[6] != '.' || !is_of(text[7], kDigitChar)) {
    return bad(HeadError::bad_version);
  }
  if (text[5] == '0') return bad(HeadError::bad_version);
  if (text[5] != '1' || text[7] > '1') return bad(HeadError::unsupported_version);
  minor = static_cast<std::uint8_t>(text[7] - '0');
  cursor.at += kVersionBytes;
  return kDone;
}

Step parse_status(Cursor& cursor, std::uint16_t& status) noexcept {
  if (cursor.end - cursor.at < 4) return kNeedMore;
  const char* const at = cursor.at;
  if (at[0] != ' ' || at[1] < '1' || at[1] > '5' || !is_of(at[2], kDigitChar) ||
      !is_of(at[3], kDigitChar)) {
    return bad(HeadError::bad_status_line);
  }
  status = static_cast<std::uint16_t>((at[1] - '0') * 100 + (at[2] - '0') * 10 + (at[3] - '0'));
  cursor.at += 4;
  return kDone;
}

}  // namespace

Step parse_request_line(Cursor& cursor, const HeadLimits& limits, RequestHead& head) noexcept {
  if (const Step step = parse_method(cursor, head); !step.ok()) return step;
  if (head.method == Method::connect || head.method == Method::trace) {
    return bad(HeadError::method_not_allowed);
  }
  if (const Step step = parse_target(cursor, head); !step.ok()) return step;
  if (const Step step = parse_version(cursor, head.minor_version); !step.ok()) return step;
  const Step line_end = take_line_end(cursor, limits.allow_bare_lf, HeadError::bad_request_line);
  if (!line_end.ok()) return line_end;
  const HeadError error = classify_target(head);
  return error == HeadError::none ? kDone : bad(error);
}

Step parse_status_line(Cursor& cursor, const HeadLimits& limits, ResponseHead& head) noexcept {
  if (const Step step = parse_version(cursor, head.minor_version); !step.ok()) {
    return step.status == HeadStatus::need_more ? step : bad(HeadError::bad_status_line);
  }
  if (const Step step = parse_status(cursor, head.status); !step.ok()) return step;
  if (cursor.at_end()) return kNeedMore;
  // The space before an empty reason is required, but many servers leave it out.
  if (*cursor.at == ' ') {
    const char* const start = cursor.at + 1;
    cursor.at = find_value_end(start, cursor.end);
    head.reason = std::string_view{start, static_cast<std::size_t>(cursor.at - start)};
  }
  return take_line_end(cursor, limits.allow_bare_lf, HeadError::bad_status_line);
}

}  // namespace pushgate::http
