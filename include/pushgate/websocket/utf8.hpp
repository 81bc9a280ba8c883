#pragma once
// utf8.hpp - is a text that arrives in pieces UTF-8? (RFC 3629.) sans-I/O.

#include <cstdint>
#include <string_view>

namespace pushgate::websocket {

/// A validator that remembers, in one byte, where within a character the last piece ended.
///
/// Accepts the well-formed sequences of the Unicode Standard's table 3-7: shortest forms only, no
/// surrogates, at most U+10FFFF. A text that no continuation can mend is refused with the piece
/// that spoils it, not at its end. Sixteen ASCII bytes at a time, else about one byte per cycle or
/// two; no allocation.
class Utf8Validator {
 public:
  /// False as soon as the text so far cannot be the beginning of UTF-8; stays false until reset.
  bool feed(std::string_view piece) noexcept;
  /// The text so far is UTF-8 as it stands: it does not end within a character.
  bool complete() const noexcept { return state_ == kBetweenCharacters; }
  void reset() noexcept { state_ = kBetweenCharacters; }

 private:
  static constexpr std::uint8_t kBetweenCharacters = 0;

  std::uint8_t state_ = kBetweenCharacters;
};

/// The same for a text in one piece.
inline bool is_utf8(std::string_view text) noexcept {
  Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

}  // namespace pushgate::websocket
