#pragma once
// body_pump.hpp - moves one message body from one connection to the other, in either direction.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pushgate/agent/session/agent_snapshot.hpp"
#include "pushgate/http/chunked_decoder.hpp"
#include "pushgate/http/head.hpp"
#include "pushgate/net/relay.hpp"
#include "pushgate/net/socket.hpp"

namespace pushgate::agent {

enum class PumpStatus : std::uint8_t {
  wants_input,
  wants_output,
  more,
  done,
  truncated,  ///< the source ended before the body did
  malformed,  ///< chunked coding that does not parse; `chunk_error()` says how
  input_failed,
  output_failed,
};

/// The body of one message on its way.
///
/// A body that keeps its framing passes untouched and, when large, through a kernel pipe. A chunked
/// body is taken apart and put together again, so that what the receiver reads is exactly what was
/// checked: extensions are dropped, trailers passed on only by rule.
class BodyPump {
 public:
  /// How the body is written. `raw` means as many bytes as come, for Content-Length and for bodies
  /// that the end of the connection delimits.
  enum class Encoding : std::uint8_t { raw, chunked };

  BodyPump() noexcept = default;
  /// `passed_trailers_except`: pass trailer fields on except these names and those that may not
  /// stand in a trailer section; nullptr drops all. Must outlive the body.
  BodyPump(http::Framing framing, std::uint64_t length, Encoding encoding,
           const ProtectedNames* passed_trailers_except);

  /// Fields that the message's Connection fields (their combined value) nominate do not pass as
  /// trailers either.
  void leave_out_nominated_trailers(std::string_view connection) { nominated_ = connection; }

  bool done() const noexcept { return source_done_ && relay_.idle(); }
  /// The source's last byte has been taken, though it may not have been written yet.
  bool source_done() const noexcept { return source_done_; }
  std::uint64_t bytes() const noexcept { return bytes_; }
  http::ChunkError chunk_error() const noexcept { return chunk_error_; }

  /// Takes body bytes that were read together with something else. Returns how many belong to the
  /// body. Those of a raw body the caller writes itself (as they are, to save a copy); those of a
  /// chunked one are appended to `out`, encoded. Sets malformed() on bad input.
  std::size_t take(std::string_view input, std::string& out);
  bool writes_as_is() const noexcept { return encoding_ == Encoding::raw && !decodes_; }
  bool malformed() const noexcept { return chunk_error_ != http::ChunkError::none; }

  /// Bytes of the wire that a first write left over; they go out before anything else.
  void keep(std::string_view unwritten) { relay_.preload(unwritten); }

  /// Takes over what `before` has not written yet.
  void continue_after(BodyPump& before);
  net::Buffer take_unwritten() noexcept { return relay_.take_pending(); }
  bool idle() const noexcept { return relay_.idle(); }

  /// Moves what can be moved now. `scratch` is the thread's. Bytes read beyond the end of a chunked
  /// body are the next message's and appended to `beyond`.
  PumpStatus run(net::Socket& from, net::Socket& to, char* scratch, net::Buffer& beyond);

 private:
  PumpStatus run_raw(net::Socket& from, net::Socket& to, char* scratch);
  PumpStatus transcode(net::Socket& from, net::Socket& to, char* scratch, net::Buffer& beyond);
  PumpStatus write_encoded(net::Socket& to, std::string_view encoded);
  void encode(std::string_view payload, std::string& out) const;
  void finish(std::string& out);
  void append_trailers(std::string& out) const;

  http::ChunkedDecoder decoder_;
  net::Relay relay_;
  const ProtectedNames* passed_trailers_except_ = nullptr;
  std::string nominated_;    ///< combined value of the Connection fields; mostly empty
  std::uint64_t left_ = 0;   ///< of a body with a length
  std::uint64_t bytes_ = 0;  ///< body bytes taken from the source
  http::ChunkError chunk_error_ = http::ChunkError::none;
  http::Framing framing_ = http::Framing::none;
  Encoding encoding_ = Encoding::raw;
  bool decodes_ = false;
  bool source_done_ = true;
};

}  // namespace pushgate::agent
