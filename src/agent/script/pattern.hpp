#pragma once
// pattern.hpp - Lua's patterns (Lua 5.4 manual, section 6.4.1), matched with a bound on the steps.
// sans-I/O.
//
// Lua's own matcher backtracks without being interruptible: "(.-)(.-)(.-)x" takes time with the
// third power of the text, in which no instruction is counted.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace pushgate::agent {

/// The pattern is malformed or asks for too much. The text is for the script's author.
struct PatternError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// The steps have been used up.
struct PatternTooSlow {};

/// One pattern and one text. Both must outlive it.
class PatternMatch {
 public:
  static constexpr std::size_t kMaxCaptures = 32;
  static constexpr int kMaxDepth = 200;  ///< of captures, back references and items within items

  struct Capture {
    std::size_t from = 0;
    std::size_t size = 0;
    bool is_position = false;  ///< "()": the place itself is captured
    bool is_open = false;
  };

  /// Without the leading "^", which is the caller's. `steps`: how many may be taken in all.
  PatternMatch(std::string_view text, std::string_view pattern, std::uint64_t steps) noexcept
      : text_(text), pattern_(pattern), steps_(steps) {}

  /// Matches at `from` exactly; the end of the match, or nullopt. Throws PatternError and
  /// PatternTooSlow.
  std::optional<std::size_t> match_at(std::size_t from);

  /// Of the last match.
  std::size_t captures() const noexcept { return count_; }
  const Capture& capture(std::size_t index) const noexcept { return captures_[index]; }
  std::uint64_t steps_left() const noexcept { return steps_; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  void step();
  std::size_t run(std::size_t at, std::size_t item);
  bool pass_special(std::size_t& at, std::size_t& item);
  std::size_t open_capture(std::size_t at, std::size_t item);
  std::size_t close_capture(std::size_t at, std::size_t item);
  std::size_t balance(std::size_t at, std::size_t item);
  bool at_frontier(std::size_t at, std::size_t set, std::size_t set_end);
  std::size_t same_again(std::size_t at, char digit);
  std::size_t longest(std::size_t at, std::size_t item, std::size_t end, std::size_t least);
  std::size_t shortest(std::size_t at, std::size_t item, std::size_t end);
  std::size_t end_of_single(std::size_t item) const;
  bool fits(std::size_t at, std::size_t item, std::size_t end);
  bool in_set(unsigned char c, std::size_t item, std::size_t end) const;

  std::string_view text_;
  std::string_view pattern_;
  std::uint64_t steps_;
  int depth_ = 0;
  std::size_t count_ = 0;
  std::array<Capture, kMaxCaptures> captures_;
};

}  // namespace pushgate::agent
