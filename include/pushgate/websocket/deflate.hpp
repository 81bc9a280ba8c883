#pragma once
// deflate.hpp - a message's payload compressed and back (RFC 7692 section 7.2), each message for
// itself. sans-I/O.
//
// One of each per io thread: their memory does not grow with the number of connections.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "pushgate/websocket/permessage_deflate.hpp"

namespace pushgate::websocket {

/// Bytes that are written without being cleared first; a large block is not kept for ever.
class ScratchBytes {
 public:
  char* data() noexcept { return data_.get(); }
  std::size_t capacity() const noexcept { return capacity_; }
  /// Grows to at least `capacity`; keeps the first `keep_bytes`.
  void grow(std::size_t capacity, std::size_t keep_bytes);
  /// Gives the block back if it is of more than kKeptBytes.
  void trim() noexcept;

 private:
  static constexpr std::size_t kKeptBytes = 64 * 1024;

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
};

/// Compresses whole messages. On one thread at a time. Throws std::bad_alloc, nothing else, and
/// std::invalid_argument from the constructor for settings out of range.
class Deflater {
 public:
  explicit Deflater(const DeflateSettings& settings);
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater();

  /// The payload of a frame with RSV1, for less than 2^32 bytes; valid until the next call. At most
  /// a few bytes longer than `payload`; whoever finds it not shorter sends the message as it is.
  std::string_view compress(std::string_view payload);

 private:
  struct Stream;

  std::unique_ptr<Stream> stream_;
  ScratchBytes out_;
};

/// What became of a compressed payload.
struct Inflated {
  enum class Outcome : std::uint8_t { whole, bad_data, too_large };

  Outcome outcome = Outcome::whole;
  std::string_view payload{};  ///< valid until the inflater's next call; empty unless whole
};

/// Inflates whole messages. On one thread at a time. Throws std::bad_alloc, nothing else.
class Inflater {
 public:
  Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  /// `compressed` is the payload of all frames of a message, below 2^32 bytes. Stops as soon as
  /// there is more than `max_bytes`, so a message of a few bytes that inflates to gigabytes costs
  /// what max_bytes costs. Data that end within a block are bad; no data at all are an empty
  /// message, because zlib produces that for an empty message that follows another.
  Inflated inflate(std::string_view compressed, std::size_t max_bytes);
  /// Gives back the memory of a large payload, which is gone then.
  void trim() noexcept { out_.trim(); }

 private:
  struct Stream;

  bool take(std::string_view piece, std::size_t max_bytes);

  std::unique_ptr<Stream> stream_;
  ScratchBytes out_;
};

}  // namespace pushgate::websocket
