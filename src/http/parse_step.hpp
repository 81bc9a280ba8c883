#pragma once
// parse_step.hpp - the parts of the head parser and what they tell each other.

#include <cstdint>
#include <string_view>
#include <vector>

#include "pushgate/http/head.hpp"
#include "pushgate/http/head_parser.hpp"

#include "scan.hpp"

namespace pushgate::http {

/// How one part of a head went: `done`, or `need_more`, or `bad` with the reason.
struct Step {
  HeadStatus status = HeadStatus::done;
  HeadError error = HeadError::none;

  bool ok() const noexcept { return status == HeadStatus::done; }
};

constexpr Step kDone{};
constexpr Step kNeedMore{HeadStatus::need_more, HeadError::none};
constexpr Step bad(HeadError error) noexcept { return Step{HeadStatus::bad, error}; }

/// Steps over the line end at the cursor. What stands there instead of it is `otherwise`.
Step take_line_end(Cursor& cursor, bool allow_bare_lf, HeadError otherwise) noexcept;

/// What the fields of a head say about the message, gathered while they are read.
struct FieldFacts {
  std::string_view host;
  std::string_view content_length;
  unsigned hosts = 0;
  unsigned content_lengths = 0;
  unsigned transfer_encodings = 0;
  unsigned codings = 0;  ///< elements of all Transfer-Encoding fields
  unsigned chunked_codings = 0;
  bool chunked_last = false;
  bool coding_malformed = false;
  bool option_close = false;
  bool option_keep_alive = false;
  bool option_upgrade = false;
  bool option_malformed = false;
  unsigned other_options = 0;
  bool upgrade = false;
  bool expects_continue = false;
  bool expects_unknown = false;

  void note(const Field& field) noexcept;

 private:
  void note_connection(std::string_view value) noexcept;
  void note_transfer_encoding(std::string_view value) noexcept;
};

/// Reads field lines up to and including the empty line that ends them.
Step parse_field_section(Cursor& cursor, const HeadLimits& limits, std::vector<Field>& fields,
                         FieldFacts& facts);

/// Reads "GET /x HTTP/1.1" with its line end; fills method, target, path, query and version, and
/// host from an absolute-form target.
Step parse_request_line(Cursor& cursor, const HeadLimits& limits, RequestHead& head) noexcept;
/// Reads "HTTP/1.1 200 OK" with its line end.
Step parse_status_line(Cursor& cursor, const HeadLimits& limits, ResponseHead& head) noexcept;

/// Checks host[:port]: RFC 3986 reg-name without comma, or a bracketed IPv6 address; port 1..65535.
bool is_valid_authority(std::string_view authority) noexcept;
/// True if both name the same host and port, where `default_port` need not be written.
bool same_authority(std::string_view a, std::string_view b, std::string_view default_port) noexcept;

/// Decides about body and connection, once all fields are known.
HeadError settle_request(const FieldFacts& facts, RequestHead& head) noexcept;
HeadError settle_response(const FieldFacts& facts, Method request_method,
                          ResponseHead& head) noexcept;

/// More options than this in Connection are refused, so that looking them up stays cheap.
constexpr unsigned kMaxConnectionOptions = 16;

}  // namespace pushgate::http
