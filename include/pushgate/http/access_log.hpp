#pragma once
// access_log.hpp - one request or tunnel event as one line, as text or as JSON. The formats are
// described in src/http/README.md.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "pushgate/base/ip_address.hpp"

namespace pushgate::http {

/// Who or what ended it. The letters stand in the log.
enum class EndCause : char {
  normal = '-',
  client = 'C',    ///< the client closed or reset
  upstream = 'U',  ///< the node closed, reset, could not be reached or answered nonsense
  timeout = 'T',
  refused = 'R',  ///< a rule of ours; `rule` says which
  drain = 'D',    ///< the agent was stopping
  local = 'L',    ///< our own lack of memory or descriptors
};

/// How far it had got by then.
enum class EndPhase : char {
  done = '-',
  head = 'H',           ///< reading the request's head
  route = 'R',          ///< finding identity and node
  connect = 'C',        ///< connecting to the node
  request_body = 'Q',   ///< sending the request's body
  response_head = 'W',  ///< waiting for the response's head
  response_body = 'B',  ///< relaying the response's body
  tunnel = 'T',
};

enum class TunnelEvent : std::uint8_t { none, open, close };

/// A duration that was never measured, because things did not get that far.
constexpr std::chrono::microseconds kNotReached{-1};

/// What the access log says about one request, or about the opening or the end of one tunnel. Views
/// live until the record has been formatted; empty ones are written as absent. The line of a
/// tunnel's end leaves out what only its request had: method, target, status, choice, reused,
/// connect, first_byte, listener.
struct AccessRecord {
  std::chrono::system_clock::time_point
      time;  ///< when the request began; for `close`, when it ended
  IpAddress client{};
  std::string_view listener{};
  std::string_view method{};
  std::string_view target{};  ///< as received, query included
  std::string_view request_id{};
  std::string_view product{};
  std::string_view uid{};
  std::string_view node{};      ///< the id of the backend
  std::string_view rule{};      ///< of a refusal
  std::uint64_t bytes_in = 0;   ///< from the client, heads included
  std::uint64_t bytes_out = 0;  ///< to the client
  std::chrono::microseconds total = kNotReached;
  std::chrono::microseconds connect = kNotReached;     ///< kNotReached if a connection was reused
  std::chrono::microseconds first_byte = kNotReached;  ///< from sending the request to the response
  std::uint16_t status = 0;                            ///< 0: no response was sent
  std::uint8_t choice = 0;  ///< 1: the user's own node, 2: the next one ...; 0: none was chosen
  bool upstream_reused = false;
  TunnelEvent tunnel = TunnelEvent::none;
  EndCause cause = EndCause::normal;
  EndPhase phase = EndPhase::done;
};

/// Appends one line with LF. Everything that came from outside is escaped, so that no request can
/// forge a line or command a terminal. About a microsecond.
void append_text(std::string& out, const AccessRecord& record);
/// The same as one JSON object on a line.
void append_json(std::string& out, const AccessRecord& record);

}  // namespace pushgate::http
