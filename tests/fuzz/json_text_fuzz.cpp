// json_text_fuzz.cpp - any bytes as JSON: the verdict agrees with another reader's, and taking the
// text apart stays within it, whatever it is.

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>

#include "pushgate/base/text.hpp"
#include "pushgate/node/json_text.hpp"

namespace {

using namespace pushgate::node;

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_within(std::string_view part, std::string_view text) {
  return part.empty() ||
         (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
}

/// The other reader refuses what is too large for a double, and lone surrogates.
bool has_large_number_or_escape(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    if (digits != 0 && (c == 'e' || c == 'E')) return true;
    digits = std::isdigit(static_cast<unsigned char>(c)) != 0 ? digits + 1 : 0;
    if (digits > 300) return true;
  }
  return text.find("\\u") != text.npos;
}

void compare_verdicts(std::string_view text) {
  // It ends at a NUL, and skips a byte order mark.
  if (text.find('\0') != text.npos || text.starts_with('\xef')) return;
  const JsonError verdict = check_json(text);
  const bool other = nlohmann::json::accept(text);
  if (other) require(verdict != JsonError::malformed);
  if (verdict == JsonError::none && !has_large_number_or_escape(text)) require(other);
}

void check_value(std::string_view value, bool is_valid) {
  if (is_valid) require(check_json(value) == JsonError::none);
  const auto plain = decode_json_string(value);
  if (!plain || !is_valid) return;
  require(plain->size() <= value.size() && pushgate::is_valid_utf8(*plain));
  require(json_string_equals(value, *plain));
}

void take_apart(std::string_view text, bool is_valid) {
  for (JsonElements reader{text}; const auto element = reader.next();) {
    require(is_within(*element, text));
    check_value(*element, is_valid);
  }
  for (JsonMembers reader{text}; const auto member = reader.next();) {
    require(is_within(member->name, text) && is_within(member->value, text));
    check_value(member->name, is_valid);
    check_value(member->value, is_valid);
    if (!is_valid) continue;
    require(find_member(text, *decode_json_string(member->name)).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4'096) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  compare_verdicts(text);
  take_apart(text, check_json(text) == JsonError::none);
  return 0;
}
