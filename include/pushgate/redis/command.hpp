#pragma once
// command.hpp - one command and its arguments, any bytes. sans-I/O.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pushgate::redis {

/// A command as it will go over the wire, built up word by word:
///   Command{"XADD", key, "*", "body", bytes}
///   Command command{"DEL"}; for (...) command.arg(key);
/// Words are copied; they may contain anything, zero bytes and line ends included.
class Command {
 public:
  /// Words are text or integers. (Not an initializer_list, which g++ 12 does not compile in an
  /// expression that is awaited.)
  template <class... Words>
  explicit Command(std::string_view name, const Words&... words) {
    arg(name);
    (arg(words), ...);
  }

  Command& arg(std::string_view word);
  template <std::integral T>
  Command& arg(T number) {
    return arg(std::string_view{std::to_string(number)});
  }

  std::size_t word_count() const noexcept { return words_; }
  /// The first word, for messages to people.
  std::string_view name() const noexcept;
  /// What append_to appends, in bytes.
  std::size_t encoded_bytes() const noexcept;
  /// Appends the array of bulk strings that Redis expects.
  void append_to(std::string& out) const;

 private:
  std::string body_;  // without the leading "*<words>\r\n"
  std::size_t words_ = 0;
};

}  // namespace pushgate::redis
