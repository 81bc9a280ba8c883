#pragma once
// binary_json.hpp - binaries in the API's JSON: {"$binary":"<base64>"}. Sans-I/O.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pushgate::node {

enum class BinaryFault : std::uint8_t {
  none,
  not_base64,   ///< the text of a $binary is no base64, or no text at all
  placeholder,  ///< an object with a member _placeholder, which clients would take for a binary
  too_many,
};
std::string_view name_of(BinaryFault fault) noexcept;

/// Appends `value` (text that has passed check_json) to `out`. Each object whose only member is
/// "$binary" becomes a placeholder, and its bytes go to the end of `attachments`, of which there
/// may be `most`. White space outside of strings is left as it is within arrays and objects
/// without binaries. Whoever wants to send such an object itself adds another member to it.
BinaryFault append_with_binaries(std::string& out, std::string_view value,
                                 std::vector<std::string>& attachments, std::size_t most);

}  // namespace pushgate::node
