#pragma once
// json_text.hpp - JSON as text: taken apart and put together without a tree of values. Sans-I/O.
//
// The readers expect text that has been checked (decode_packet, check_json). Given anything else
// they stay within the text and come to an end, but what they return means nothing.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pushgate::node {

/// How deep arrays and objects may lie in each other. Whoever turns JSON into something else
/// (MessagePack, a script's tables) may recurse that far.
constexpr std::size_t kMaxJsonDepth = 64;

enum class JsonError : std::uint8_t {
  none,
  malformed,  ///< not exactly one value of RFC 8259, or not UTF-8
  too_deep,   ///< more than kMaxJsonDepth
};

/// Is `text` exactly one JSON value, with nothing but white space around it? Strict: RFC 8259,
/// well-formed UTF-8 (an escaped lone surrogate is allowed, as JSON.parse allows it). Does not
/// allocate, does not recurse; about a nanosecond per byte and much less within long strings.
JsonError check_json(std::string_view text) noexcept;

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };
/// What a value (without white space before it) is. Null for anything else.
JsonKind json_kind(std::string_view value) noexcept;

/// Walks over the elements of an array. Each is the element's text without white space around it.
///
///   for (JsonElements reader{packet.data}; auto element = reader.next();) ...
class JsonElements {
 public:
  explicit JsonElements(std::string_view array) noexcept;
  std::optional<std::string_view> next() noexcept;
  /// What next() has not returned yet, with the commas between; empty at the end.
  std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_{};
};

struct JsonMember {
  std::string_view
      name{};  ///< with its quotes, still escaped: json_string_equals, decode_json_string
  std::string_view value{};  ///< the value's text
};

/// Walks over the members of an object in their order; a name may come more than once.
class JsonMembers {
 public:
  explicit JsonMembers(std::string_view object) noexcept;
  std::optional<JsonMember> next() noexcept;

 private:
  std::string_view rest_{};
};

/// The text of the member `name` (plain) of an object; of several, the last, as JSON.parse has it.
std::optional<std::string_view> find_member(std::string_view object,
                                            std::string_view name) noexcept;

/// What a string (with its quotes) stands for, in UTF-8; a lone surrogate becomes U+FFFD. Nullopt
/// if `value` is no string.
std::optional<std::string> decode_json_string(std::string_view value);

/// Does the string `value` (with its quotes) stand for `plain`? False if it is no string. Does not
/// allocate.
bool json_string_equals(std::string_view value, std::string_view plain) noexcept;

/// Appends `plain` as a string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view plain);

/// ["name",argument,...]: the data of an event from the texts of its arguments.
std::string make_event_data(std::string_view name, std::span<const std::string_view> arguments);
/// [argument,...]: the data of an ack.
std::string make_ack_data(std::span<const std::string_view> arguments);

}  // namespace pushgate::node
