#include "pushgate/http/head_parser.hpp"

#include <algorithm>
#include <cstring>

#include "parse_step.hpp"

namespace pushgate::http {

namespace {

constexpr unsigned kMaxEmptyLines = 8;

/// True if an empty line, so perhaps the end of a head, begins after `from` or just before it.
bool has_empty_line(std::string_view bytes, std::size_t from) noexcept {
  const char* at = bytes.data() + (from > 3 ? from - 3 : 0);
  const char* const end = bytes.data() + bytes.size();
  while (at != end) {
    at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    if (at == nullptr) return false;
    ++at;
    if (at != end && *at == '\n') return true;
    if (end - at >= 2 && at[0] == '\r' && at[1] == '\n') return true;
  }
  return false;
}

Step skip_empty_lines(Cursor& cursor, bool allow_bare_lf) noexcept {
  for (unsigned lines = 0;; ++lines) {
    if (cursor.at_end()) return kNeedMore;
    if (*cursor.at != '\r' && *cursor.at != '\n') return kDone;
    if (lines == kMaxEmptyLines) return bad(HeadError::bad_request_line);
    const Step step = take_line_end(cursor, allow_bare_lf, HeadError::bad_request_line);
    if (!step.ok()) return step;
  }
}

Step parse(Cursor& cursor, const HeadLimits& limits, RequestHead& head) {
  if (const Step step = skip_empty_lines(cursor, limits.allow_bare_lf); !step.ok()) return step;
  if (const Step step = parse_request_line(cursor, limits, head); !step.ok()) return step;
  FieldFacts facts;
  if (const Step step = parse_field_section(cursor, limits, head.fields, facts); !step.ok()) {
    return step;
  }
  const HeadError error = settle_request(facts, head);
  return error == HeadError::none ? kDone : bad(error);
}

Step parse(Cursor& cursor, const HeadLimits& limits, Method request_method, ResponseHead& head) {
  if (const Step step = parse_status_line(cursor, limits, head); !step.ok()) return step;
  FieldFacts facts;
  if (const Step step = parse_field_section(cursor, limits, head.fields, facts); !step.ok()) {
    return step;
  }
  const HeadError error = settle_response(facts, request_method, head);
  return error == HeadError::none ? kDone : bad(error);
}

/// Which of the two limits a head broke that did not end in time.
HeadError too_large(std::string_view window) noexcept {
  const std::size_t start = window.find_first_not_of("\r\n");
  const bool in_first_line = start != window.npos && window.find('\n', start) == window.npos;
  return in_first_line ? HeadError::target_too_long : HeadError::head_too_large;
}

HeadOutcome incomplete(std::string_view bytes, const HeadLimits& limits, std::size_t& scanned,
                       bool is_request) noexcept {
  if (bytes.size() >= limits.max_head_bytes) {
    const HeadError error =
        is_request ? too_large(bytes.substr(0, limits.max_head_bytes)) : HeadError::head_too_large;
    return {HeadStatus::bad, 0, error};
  }
  scanned = bytes.size();
  return {HeadStatus::need_more, 0, HeadError::none};
}

HeadOutcome complete(const Step& step, std::size_t head_bytes, std::size_t& scanned) noexcept {
  scanned = 0;
  if (!step.ok()) return {HeadStatus::bad, 0, step.error};
  return {HeadStatus::done, head_bytes, HeadError::none};
}

}  // namespace

HeadOutcome parse_request_head(std::string_view bytes, const HeadLimits& limits,
                               std::size_t& scanned, RequestHead& head) {
  const std::string_view window = bytes.substr(0, limits.max_head_bytes);
  if (scanned != 0 && !has_empty_line(window, std::min(scanned, window.size()))) {
    return incomplete(bytes, limits, scanned, true);
  }
  head.clear();
  Cursor cursor{window.data(), window.data() + window.size()};
  const Step step = parse(cursor, limits, head);
  if (step.status == HeadStatus::need_more) return incomplete(bytes, limits, scanned, true);
  return complete(step, static_cast<std::size_t>(cursor.at - window.data()), scanned);
}

HeadOutcome parse_response_head(std::string_view bytes, const HeadLimits& limits,
                                Method request_method, std::size_t& scanned, ResponseHead& head) {
  const std::string_view window = bytes.substr(0, limits.max_head_bytes);
  if (scanned != 0 && !has_empty_line(window, std::min(scanned, window.size()))) {
    return incomplete(bytes, limits, scanned, false);
  }
  head.clear();
  Cursor cursor{window.data(), window.data() + window.size()};
  const Step step = parse(cursor, limits, request_method, head);
  if (step.status == HeadStatus::need_more) return incomplete(bytes, limits, scanned, false);
  return complete(step, static_cast<std::size_t>(cursor.at - window.data()), scanned);
}

}  // namespace pushgate::http
