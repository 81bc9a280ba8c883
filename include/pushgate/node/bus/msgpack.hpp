#pragma once
// msgpack.hpp - MessagePack as the nodes of a Socket.IO cluster write it, from and to JSON text
// with attachments. Sans-I/O.
//
// Source: the MessagePack specification, and what the encoder of those nodes (notepack.io) makes of
// JavaScript values: integers in their shortest form up to 64 bits, every other number as float 64,
// binary as bin, dates as timestamp extension. Values stream from one text to the other; there is
// no tree of them in between.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pushgate::node {

/// Appends values to a string, each in the one spelling that notepack.io would choose.
class MsgpackWriter {
 public:
  explicit MsgpackWriter(std::string& out) noexcept : out_(out) {}

  void nil() { byte(0xc0); }
  void boolean(bool value) { byte(value ? 0xc3 : 0xc2); }
  /// Non-negative.
  void unsigned_integer(std::uint64_t value);
  /// A JavaScript number: whole numbers within 64 bits as integers, everything else as float 64.
  /// (notepack.io writes a wrong integer for whole numbers beyond; we do not.)
  void number(double value);
  void string(std::string_view text);
  void binary(std::string_view bytes);
  /// `count` values follow.
  void array(std::size_t count);
  /// `count` pairs of key and value follow.
  void map(std::size_t count);

  /// One JSON value. `{"_placeholder":true,"num":k}` becomes attachments[k] as bin; if there are no
  /// attachments it is an object like any other. Numbers are read as JavaScript reads them, as
  /// doubles. `text` has passed check_json; false (and half a value in `out`) if a placeholder
  /// names no attachment.
  [[nodiscard]] bool json(std::string_view text, std::span<const std::string> attachments = {});

 private:
  void byte(unsigned value) { out_.push_back(static_cast<char>(value)); }
  void big_endian(std::uint64_t value, int bytes);
  void length(std::size_t n, unsigned code8, unsigned code16, unsigned code32);

  std::string& out_;
};

enum class MsgpackKind : std::uint8_t {
  none,  ///< the end, or a byte that begins no value
  nil,
  boolean,
  number,
  string,
  binary,
  array,
  map,
  extension,
};

/// Reads values one after the other. Every function that reads leaves the reader where it was if
/// the next value is of another kind or cut off.
class MsgpackReader {
 public:
  explicit MsgpackReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  MsgpackKind kind() const noexcept;
  bool at_end() const noexcept { return at_ == bytes_.size(); }

  /// The number of elements that follow; never more than there are bytes left.
  std::optional<std::size_t> array() noexcept;
  /// The number of pairs that follow; never more than there are bytes left.
  std::optional<std::size_t> map() noexcept;
  /// The bytes of a string as they are, which may not be UTF-8.
  std::optional<std::string_view> string() noexcept;
  std::optional<bool> boolean() noexcept;
  /// Any number.
  std::optional<double> number() noexcept;
  /// The value as it is spelled. Nullopt if it is cut off or nested too deeply (kMaxJsonDepth).
  std::optional<std::string_view> skip() noexcept;

  /// Appends one value as compact JSON, the way JSON.stringify prints what the decoder of the nodes
  /// makes of it: NaN, infinities and undefined as null, dates as ISO 8601 text, bytes that are not
  /// UTF-8 as U+FFFD, keys that are no strings as strings. bin goes to the end of `attachments` and
  /// a placeholder into the text. Integers beyond 2^53 are printed exactly.
  ///
  /// Tolerates what older nodes send as extension 0: d4 for undefined, d7 for a date, and c7 to c9
  /// for an ArrayBuffer. False if the value is cut off, nested
  /// deeper than kMaxJsonDepth, of an unknown extension, or has an array or map for a key; `json`
  /// and `attachments` then hold what came before.
  [[nodiscard]] bool to_json(std::string& json, std::vector<std::string>& attachments);

 private:
  struct Extension {
    int type = 0;
    bool fixed = false;  ///< of the codes for 1, 2, 4, 8 and 16 bytes
    std::string_view bytes;
  };

  std::size_t left() const noexcept { return bytes_.size() - at_; }
  std::optional<std::uint64_t> big_endian(std::size_t offset, int bytes) const noexcept;
  std::optional<std::size_t> container(unsigned fix, unsigned fix_mask, unsigned code16) noexcept;
  std::optional<std::string_view> payload(std::size_t header, std::uint64_t size) noexcept;
  std::optional<std::string_view> binary() noexcept;
  std::optional<Extension> extension() noexcept;
  bool skip_value(std::size_t depth) noexcept;
  bool value_to_json(std::string& json, std::vector<std::string>& attachments, std::size_t depth);
  bool map_to_json(std::string& json, std::vector<std::string>& attachments, std::size_t depth);
  bool key_to_json(std::string& json);
  bool number_to_json(std::string& json);
  bool extension_to_json(std::string& json, std::vector<std::string>& attachments);

  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// A JSON value (with attachments) as one MessagePack value. Nullopt as MsgpackWriter::json.
std::optional<std::string> msgpack_from_json(std::string_view text,
                                             std::span<const std::string> attachments = {});

struct JsonWithAttachments {
  std::string json;
  std::vector<std::string> attachments;
};

/// One MessagePack value with nothing after it. Nullopt as MsgpackReader::to_json.
std::optional<JsonWithAttachments> json_from_msgpack(std::string_view bytes);

}  // namespace pushgate::node
