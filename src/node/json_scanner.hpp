#pragma once
// json_scanner.hpp - is this text JSON, and are its placeholders right? In one pass. Sans-I/O.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pushgate/node/json_text.hpp"

namespace pushgate::node {

struct JsonScan {
  JsonError error = JsonError::none;
  /// The value without the white space around it; meaningful without an error.
  std::string_view value{};
  /// scan_packet_json: a placeholder whose number is missing, no number, or out of range.
  bool has_bad_placeholder = false;
};

JsonScan scan_json(std::string_view text) noexcept;

/// The same, and looks at each object that has "_placeholder":true: its "num" must be a whole
/// number below `attachments`.
JsonScan scan_packet_json(std::string_view text, std::size_t attachments) noexcept;

}  // namespace pushgate::node
