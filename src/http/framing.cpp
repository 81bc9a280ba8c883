// framing.cpp - where a body ends and what becomes of the connection (RFC 9112 sections 6.3 and 9).
//
// The RFC allows a proxy to repair some messages that are framed twice. They are refused here:
// whoever reads the message next might repair it the other way, and then two parsers disagree about
// where the next message starts.

#include <limits>
#include <optional>

#include "pushgate/base/text.hpp"

#include "parse_step.hpp"

namespace pushgate::http {

namespace {

/// 1*DIGIT up to 2^63-1; no sign, no list, no whitespace.
std::optional<std::uint64_t> parse_length(std::string_view text) noexcept {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t value = 0;  // nineteen digits fit
  for (const char c : text) {
    if (!is_of(c, kDigitChar)) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > kMax) return std::nullopt;
  return value;
}

HeadError check_codings(const FieldFacts& facts) noexcept {
  const bool chunked_once_and_last = facts.chunked_codings == 1 && facts.chunked_last;
  if (facts.coding_malformed || !chunked_once_and_last) return HeadError::bad_transfer_coding;
  return facts.codings == 1 ? HeadError::none : HeadError::unknown_transfer_coding;
}

HeadError settle_request_length(const FieldFacts& facts, RequestHead& head) noexcept {
  if (facts.content_lengths > 1) return HeadError::bad_content_length;
  // A length with leading zeros is valid, but some parsers would read it as octal.
  const bool leading_zero = facts.content_length.size() > 1 && facts.content_length[0] == '0';
  const std::optional<std::uint64_t> length = parse_length(facts.content_length);
  if (!length || leading_zero) return HeadError::bad_content_length;
  if (*length == 0) return HeadError::none;
  if (head.minor_version == 0 && (head.method == Method::get || head.method == Method::head)) {
    return HeadError::body_in_http10_get;
  }
  head.framing = Framing::length;
  head.content_length = *length;
  return HeadError::none;
}

HeadError settle_request_body(const FieldFacts& facts, RequestHead& head) noexcept {
  if (facts.transfer_encodings != 0) {
    if (facts.content_lengths != 0) return HeadError::conflicting_framing;
    if (head.minor_version == 0) return HeadError::transfer_encoding_in_http10;
    head.framing = Framing::chunked;
    return check_codings(facts);
  }
  head.framing = Framing::none;
  if (facts.content_lengths == 0) return HeadError::none;
  return settle_request_length(facts, head);
}

HeadError settle_host(const FieldFacts& facts, RequestHead& head) noexcept {
  if (facts.hosts > 1) return HeadError::duplicate_host;
  if (facts.hosts == 0) {
    return head.minor_version == 0 ? HeadError::none : HeadError::missing_host;
  }
  if (!is_valid_authority(facts.host)) return HeadError::bad_host;
  if (head.host.empty()) {
    head.host = facts.host;
    return HeadError::none;
  }
  const bool https = to_lower(head.target[4]) == 's';
  const bool same = same_authority(head.host, facts.host, https ? "443" : "80");
  return same ? HeadError::none : HeadError::host_mismatch;
}

bool keeps_alive(const FieldFacts& facts, std::uint8_t minor_version) noexcept {
  if (facts.option_close) return false;
  return minor_version == 1 || facts.option_keep_alive;
}

/// RFC 9110 section 6.4.1.
bool never_has_body(std::uint16_t status, Method request_method) noexcept {
  return status < 200 || status == 204 || status == 304 || request_method == Method::head;
}

/// True for the statuses which may not even carry the framing fields (RFC 9110 section 8.6, RFC
/// 9112 section 6.1). "Content-Length: 0" is let pass: it says the same, and servers send it.
bool forbids_framing_fields(std::uint16_t status) noexcept { return status < 200 || status == 204; }

HeadError settle_response_body(const FieldFacts& facts, Method request_method,
                               ResponseHead& head) noexcept {
  const bool bodiless = never_has_body(head.status, request_method);
  head.framing = bodiless ? Framing::none : Framing::until_close;
  if (facts.transfer_encodings != 0) {
    if (facts.content_lengths != 0 || head.minor_version == 0)
      return HeadError::bad_response_framing;
    if (check_codings(facts) != HeadError::none) return HeadError::bad_response_framing;
    if (forbids_framing_fields(head.status)) return HeadError::bad_response_framing;
    if (!bodiless) head.framing = Framing::chunked;
    return HeadError::none;
  }
  if (facts.content_lengths == 0) return HeadError::none;
  const std::optional<std::uint64_t> length = parse_length(facts.content_length);
  if (facts.content_lengths > 1 || !length) return HeadError::bad_response_framing;
  if (*length != 0 && forbids_framing_fields(head.status)) return HeadError::bad_response_framing;
  if (bodiless) return HeadError::none;
  head.framing = Framing::length;
  head.content_length = *length;
  return HeadError::none;
}

}  // namespace

void FieldFacts::note(const Field& field) noexcept {
  switch (field.id) {
    case FieldId::host:
      ++hosts;
      host = field.value;
      return;
    case FieldId::content_length:
      ++content_lengths;
      content_length = field.value;
      return;
    case FieldId::transfer_encoding:
      return note_transfer_encoding(field.value);
    case FieldId::connection:
      return note_connection(field.value);
    case FieldId::upgrade:
      upgrade = upgrade || !field.value.empty();
      return;
    case FieldId::expect:
      if (iequals(field.value, "100-continue")) {
        expects_continue = true;
      } else {
        expects_unknown = true;
      }
      return;
    default:
      return;
  }
}

void FieldFacts::note_connection(std::string_view value) noexcept {
  ListReader list{value};
  while (list.more) {
    const std::string_view option = list.next();
    if (option.empty()) continue;
    if (iequals(option, "keep-alive")) {
      option_keep_alive = true;
    } else if (iequals(option, "close")) {
      option_close = true;
    } else if (iequals(option, "upgrade")) {
      option_upgrade = true;
    } else {
      ++other_options;
      if (!is_token(option)) option_malformed = true;
    }
  }
}

void FieldFacts::note_transfer_encoding(std::string_view value) noexcept {
  ++transfer_encodings;
  ListReader list{value};
  while (list.more) {
    const std::string_view coding = list.next();
    ++codings;
    chunked_last = iequals(coding, "chunked");
    if (chunked_last) ++chunked_codings;
    if (!is_token(coding)) coding_malformed = true;
  }
}

HeadError settle_request(const FieldFacts& facts, RequestHead& head) noexcept {
  if (facts.other_options > kMaxConnectionOptions || facts.option_malformed) {
    return HeadError::bad_field_value;
  }
  if (const HeadError error = settle_host(facts, head); error != HeadError::none) return error;
  if (const HeadError error = settle_request_body(facts, head); error != HeadError::none) {
    return error;
  }
  if (facts.expects_unknown) return HeadError::bad_expect;
  // An HTTP/1.0 client cannot read an interim response (RFC 9110 section 10.1.1).
  head.expects_continue = facts.expects_continue && head.minor_version == 1;
  head.keep_alive = keeps_alive(facts, head.minor_version);
  head.wants_upgrade = facts.upgrade && facts.option_upgrade && head.minor_version == 1;
  head.has_connection_options = facts.other_options != 0;
  return HeadError::none;
}

HeadError settle_response(const FieldFacts& facts, Method request_method,
                          ResponseHead& head) noexcept {
  if (facts.other_options > kMaxConnectionOptions) return HeadError::bad_field_value;
  const HeadError error = settle_response_body(facts, request_method, head);
  if (error != HeadError::none) return error;
  head.keep_alive = head.framing != Framing::until_close && keeps_alive(facts, head.minor_version);
  head.wants_upgrade = facts.upgrade && facts.option_upgrade && head.minor_version == 1;
  head.has_connection_options = facts.other_options != 0;
  return HeadError::none;
}

}  // namespace pushgate::http
