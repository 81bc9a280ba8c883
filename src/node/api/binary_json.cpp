#include "node/api/binary_json.hpp"

#include <optional>

#include "pushgate/base/base64.hpp"
#include "pushgate/node/json_text.hpp"

namespace pushgate::node {

namespace {

struct Walk {
  std::string& out;
  std::vector<std::string>& attachments;
  std::size_t most;

  BinaryFault value(std::string_view text);
  BinaryFault array(std::string_view text);
  BinaryFault object(std::string_view text);
  BinaryFault binary(std::string_view text);
};

// The text has been checked: it is nested no deeper than kMaxJsonDepth, so recursion is bounded.
BinaryFault Walk::value(std::string_view text) {
  switch (json_kind(text)) {
    case JsonKind::array:
      return array(text);
    case JsonKind::object:
      return object(text);
    default:
      out += text;
      return BinaryFault::none;
  }
}

BinaryFault Walk::array(std::string_view text) {
  char before = '[';
  for (JsonElements elements{text}; const auto element = elements.next();) {
    out += before;
    before = ',';
    if (const BinaryFault fault = value(*element); fault != BinaryFault::none) return fault;
  }
  out += before == '[' ? "[]" : "]";
  return BinaryFault::none;
}

BinaryFault Walk::object(std::string_view text) {
  std::size_t members = 0;
  std::optional<std::string_view> binary_text;
  for (JsonMembers reader{text}; const auto member = reader.next(); ++members) {
    if (json_string_equals(member->name, "_placeholder")) return BinaryFault::placeholder;
    if (json_string_equals(member->name, "$binary")) binary_text = member->value;
  }
  if (binary_text && members == 1) return binary(*binary_text);
  char before = '{';
  for (JsonMembers reader{text}; const auto member = reader.next();) {
    out += before;
    before = ',';
    out.append(member->name).append(":");
    if (const BinaryFault fault = value(member->value); fault != BinaryFault::none) return fault;
  }
  out += before == '{' ? "{}" : "}";
  return BinaryFault::none;
}

BinaryFault Walk::binary(std::string_view text) {
  const std::optional<std::string> letters = decode_json_string(text);
  std::string bytes;
  if (!letters || !append_base64_decoded(bytes, *letters)) return BinaryFault::not_base64;
  if (attachments.size() >= most) return BinaryFault::too_many;
  out += "{\"_placeholder\":true,\"num\":" + std::to_string(attachments.size()) + "}";
  attachments.push_back(std::move(bytes));
  return BinaryFault::none;
}

}  // namespace

std::string_view name_of(BinaryFault fault) noexcept {
  switch (fault) {
    case BinaryFault::none:
      return "none";
    case BinaryFault::not_base64:
      return "has a $binary that is no base64 text (RFC 4648 section 4, with padding)";
    case BinaryFault::placeholder:
      return "has an object with a member _placeholder; write binaries as {\"$binary\":\"...\"}";
    case BinaryFault::too_many:
      return "has more binaries than node.maxAttachments";
  }
  return "none";
}

BinaryFault append_with_binaries(std::string& out, std::string_view value,
                                 std::vector<std::string>& attachments, std::size_t most) {
  return Walk{out, attachments, most}.value(value);
}

}  // namespace pushgate::node
