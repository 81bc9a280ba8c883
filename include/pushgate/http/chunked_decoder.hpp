#pragma once
// chunked_decoder.hpp - takes chunked coding apart (RFC 9112 section 7.1), strictly and in pieces.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pushgate::http {

enum class ChunkError : std::uint8_t {
  none,
  bad_size,           // empty, not hexadecimal, or more than 13 digits
  bad_extension,      // not token[=token|quoted-string], or in all more than 4 KiB in a body
  bad_line_end,       // anything but CR LF, a bare LF included
  trailer_too_large,
  bad_trailer,
};

std::string_view rule_of(ChunkError error) noexcept;

/// One step of decoding.
struct ChunkStep {
  std::size_t consumed = 0;   ///< bytes of the input that are done with
  std::string_view payload;   ///< body bytes, a view into the input; may be empty
  bool finished = false;      ///< the last chunk and the trailer section have been read
  ChunkError error = ChunkError::none;
};

/// Feed it input; each step yields at most one piece of payload. Call again with the rest while
/// consumed > 0 and input remains. Needs no buffer besides the trailer section, which it keeps, so any
/// split of the input gives the same result (tested for every split).
class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(std::size_t max_trailer_bytes = 16 * 1024) noexcept
      : max_trailer_bytes_(max_trailer_bytes) {}

  ChunkStep step(std::string_view input);

  /// The trailer fields as received, each line with CR LF, without the closing empty line; valid field
  /// syntax. Meaningful once finished.
  const std::string& trailers() const noexcept { return trailers_; }
  bool finished() const noexcept;
  /// Payload bytes of the current chunk still to come (for a caller that wants to splice them).
  std::uint64_t chunk_bytes_left() const noexcept { return left_; }

 private:
  enum class State : std::uint8_t;  // defined in the .cpp
  std::size_t max_trailer_bytes_;
  std::uint64_t left_ = 0;
  std::string trailers_;
  std::size_t extension_bytes_ = 0;
  unsigned size_digits_ = 0;
  State state_{};
};

}  // namespace pushgate::http
