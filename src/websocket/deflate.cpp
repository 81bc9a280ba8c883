#include "pushgate/websocket/deflate.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

#include <zlib.h>

namespace pushgate::websocket {

namespace {

/// The empty stored block that ends every flush; it is not sent (RFC 7692 section 7.2.1).
constexpr std::string_view kTail{"\0\0\xff\xff", 4};
constexpr int kLargestWindowBits = 15;
constexpr std::size_t kLargestWindow = std::size_t{1} << kLargestWindowBits;

/// zlib takes what it only reads as a pointer to something it could write to.
Bytef* zlib_bytes(const char* data) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<char*>(data));
}

}  // namespace

// ---- ScratchBytes
// --------------------------------------------------------------------------------

void ScratchBytes::grow(std::size_t capacity, std::size_t keep_bytes) {
  if (capacity <= capacity_) return;
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (keep_bytes > 0) std::memcpy(larger.get(), data_.get(), keep_bytes);
  data_ = std::move(larger);
  capacity_ = capacity;
}

void ScratchBytes::trim() noexcept {
  if (capacity_ <= kKeptBytes) return;
  data_.reset();
  capacity_ = 0;
}

// ---- Deflater
// ------------------------------------------------------------------------------------

struct Deflater::Stream {
  explicit Stream(const DeflateSettings& settings) {
    const int outcome =
        deflateInit2(&z, settings.level, Z_DEFLATED, -settings.server_window_bits,
                     settings.memory_level, Z_DEFAULT_STRATEGY);  // negative: no zlib header
    if (outcome == Z_MEM_ERROR) throw std::bad_alloc{};
    if (outcome != Z_OK) throw std::invalid_argument{"settings of compression are out of range"};
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { deflateEnd(&z); }

  z_stream z{};
};

Deflater::Deflater(const DeflateSettings& settings) : stream_(std::make_unique<Stream>(settings)) {}
Deflater::~Deflater() = default;

std::string_view Deflater::compress(std::string_view payload) {
  z_stream& z = stream_->z;
  deflateReset(&z);
  out_.trim();
  // zlib's bound is for a stream that is finished; a flush instead adds a few bytes.
  constexpr std::size_t kFlushBytes = 32;
  out_.grow(deflateBound(&z, payload.size()) + kFlushBytes, 0);
  z.next_in = zlib_bytes(payload.data());
  z.avail_in = static_cast<uInt>(payload.size());
  std::size_t produced = 0;
  for (;;) {
    z.next_out = zlib_bytes(out_.data() + produced);
    z.avail_out = static_cast<uInt>(out_.capacity() - produced);
    deflate(&z, Z_SYNC_FLUSH);
    produced = out_.capacity() - z.avail_out;
    if (z.avail_out > 0) break;  // else there may be more to come
    out_.grow(out_.capacity() * 2, produced);
  }
  return {out_.data(), produced - kTail.size()};
}

// ---- Inflater
// ------------------------------------------------------------------------------------

struct Inflater::Stream {
  Stream() {
    if (inflateInit2(&z, -kLargestWindowBits) != Z_OK) throw std::bad_alloc{};
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { inflateEnd(&z); }

  z_stream z{};
  std::size_t produced = 0;
  int last = Z_OK;  ///< what the last call of inflate() answered

  void begin() noexcept {
    inflateReset(&z);
    produced = 0;
    last = Z_OK;
  }

  /// After a final block more blocks may follow (RFC 7692 section 7.2.3.4), which may refer to what
  /// came before it; for zlib they are a new stream.
  void continue_after_final_block(const char* out) noexcept {
    inflateReset(&z);
    const std::size_t window = std::min(produced, kLargestWindow);
    inflateSetDictionary(&z, zlib_bytes(out + produced - window), static_cast<uInt>(window));
  }

  bool is_between_blocks() const noexcept {
    constexpr int kAfterBlock = 128;  // zlib.h at inflate(): Z_BLOCK
    return last == Z_STREAM_END || (z.data_type & kAfterBlock) != 0;
  }
};

Inflater::Inflater() : stream_(std::make_unique<Stream>()) {}
Inflater::~Inflater() = default;

/// Inflates one piece of a message to its end, or until there is one byte too many. False if it is
/// no DEFLATE.
bool Inflater::take(std::string_view piece, std::size_t max_bytes) {
  z_stream& z = stream_->z;
  z.next_in = zlib_bytes(piece.data());
  z.avail_in = static_cast<uInt>(piece.size());
  for (;;) {
    if (stream_->last == Z_STREAM_END && z.avail_in > 0) {
      stream_->continue_after_final_block(out_.data());
    }
    if (stream_->produced == out_.capacity()) {
      out_.grow(std::min(2 * out_.capacity(), max_bytes + 1), stream_->produced);
    }
    z.next_out = zlib_bytes(out_.data() + stream_->produced);
    z.avail_out = static_cast<uInt>(out_.capacity() - stream_->produced);
    stream_->last = ::inflate(&z, Z_NO_FLUSH);
    stream_->produced = out_.capacity() - z.avail_out;
    if (stream_->last == Z_MEM_ERROR) throw std::bad_alloc{};
    // Z_BUF_ERROR: there was nothing to do, which is no error.
    if (stream_->last != Z_OK && stream_->last != Z_STREAM_END && stream_->last != Z_BUF_ERROR) {
      return false;
    }
    if (stream_->produced > max_bytes) return true;
    if (z.avail_in == 0 && (z.avail_out > 0 || stream_->last == Z_STREAM_END)) return true;
  }
}

Inflated Inflater::inflate(std::string_view compressed, std::size_t max_bytes) {
  using Outcome = Inflated::Outcome;
  if (compressed.empty()) return {};
  stream_->begin();
  out_.trim();
  constexpr std::size_t kUsualRatio = 4;
  constexpr std::size_t kLeastBytes = 256;
  out_.grow(std::min(std::max(compressed.size() * kUsualRatio, kLeastBytes), max_bytes + 1), 0);

  bool good = take(compressed, max_bytes);
  if (good && stream_->produced <= max_bytes && stream_->last != Z_STREAM_END) {
    good = take(kTail, max_bytes);
  }
  if (!good) return {.outcome = Outcome::bad_data};
  if (stream_->produced > max_bytes) return {.outcome = Outcome::too_large};
  if (!stream_->is_between_blocks()) return {.outcome = Outcome::bad_data};
  return {.outcome = Outcome::whole, .payload = {out_.data(), stream_->produced}};
}

}  // namespace pushgate::websocket
