#pragma once
// chunked_decoder.hpp - takes chunked coding apart (RFC 9112 section 7.1), strictly and in pieces.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pushgate::http {

enum class ChunkError : std::uint8_t {
  none,
  bad_size,       // empty, not hexadecimal, or more than 13 digits
  bad_extension,  // not token[=token|quoted-string], or in all more than 4 KiB in a body
  bad_line_end,   // anything but CR LF, a bare LF included
  trailer_too_large,
  bad_trailer,
};

std::string_view rule_of(ChunkError error) noexcept;     ///< e.g. "bad_chunk_size"
std::string_view message_of(ChunkError error) noexcept;  ///< one sentence for people

/// One step of decoding.
struct ChunkStep {
  std::size_t consumed = 0;    ///< bytes of the input that are done with
  std::string_view payload{};  ///< body bytes, a view into the input; may be empty
  bool finished = false;       ///< the last chunk and the trailer section have been read
  ChunkError error = ChunkError::none;
};

/// Feed it input; each step yields at most one piece of payload. Call again with the rest while
/// consumed > 0 and input remains. Needs no buffer besides the trailer section, which it keeps, so
/// any split of the input gives the same result (tested for every split).
///
/// Stricter than the RFC: no whitespace around the parts of a chunk's first line, where some
/// parsers see the end of the number and others an error. After an error every further step repeats
/// it; after the end no step consumes anything: what follows belongs to the next message.
///
/// Allocates only for trailers. O(bytes), payload is not looked at.
class ChunkedDecoder {
 public:
  static constexpr std::size_t kMaxExtensionBytes = 4 * 1024;
  static constexpr unsigned kMaxSizeDigits = 13;

  explicit ChunkedDecoder(std::size_t max_trailer_bytes = 16 * 1024) noexcept
      : max_trailer_bytes_(max_trailer_bytes) {}

  ChunkStep step(std::string_view input);

  /// The trailer fields as received, each line with CR LF, without the closing empty line; valid
  /// field syntax. Meaningful once finished.
  const std::string& trailers() const noexcept { return trailers_; }
  bool finished() const noexcept { return state_ == State::finished; }

  /// Payload bytes of the current chunk still to come, for a caller that wants to move them without
  /// showing them to the decoder; it then says so with skip_payload.
  std::uint64_t chunk_bytes_left() const noexcept { return state_ == State::payload ? left_ : 0; }
  /// The next `bytes` of payload went another way; at most chunk_bytes_left().
  void skip_payload(std::uint64_t bytes) noexcept;

  /// Ready for the next body. Keeps the capacity of the trailers.
  void reset() noexcept;

 private:
  enum class State : std::uint8_t {
    size,
    extension_name,
    extension_value,
    extension_token,
    extension_quoted,
    extension_escape,
    extension_quoted_end,
    size_line_feed,
    payload,
    payload_return,
    payload_line_feed,
    trailer,
    finished,
    failed,
  };

  ChunkError take_framing_byte(char c) noexcept;
  ChunkError take_size_byte(char c) noexcept;
  ChunkError take_extension_byte(char c) noexcept;
  ChunkError end_extension(char c) noexcept;
  ChunkStep take_payload(std::string_view input) noexcept;
  ChunkStep take_trailer(std::string_view input);
  ChunkStep fail(ChunkStep step, ChunkError error) noexcept;

  std::size_t max_trailer_bytes_;
  std::uint64_t left_ = 0;
  std::string trailers_;
  std::size_t trailer_line_ = 0;  ///< where the current trailer line begins
  std::size_t extension_bytes_ = 0;
  unsigned size_digits_ = 0;
  State state_ = State::size;
  ChunkError error_ = ChunkError::none;
  bool extension_part_empty_ = true;
};

}  // namespace pushgate::http
