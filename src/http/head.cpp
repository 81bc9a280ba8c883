#include "pushgate/http/head.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "pushgate/base/text.hpp"

namespace pushgate::http {

namespace {

/// In the order of FieldId, which this indexes.
constexpr std::array<std::string_view, 33> kNames{
    "",
    "Authorization",
    "Connection",
    "Content-Length",
    "Cookie",
    "Date",
    "Expect",
    "Forwarded",
    "Host",
    "HTTP2-Settings",
    "Keep-Alive",
    "Origin",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Referer",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Version",
    "Server",
    "Set-Cookie",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "User-Agent",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Request-Id",
};
static_assert(kNames.size() == static_cast<std::size_t>(FieldId::x_request_id) + 1);

constexpr std::size_t kSlots = 128;

/// The factors were searched for so that no two known names share a slot (asserted below).
constexpr std::size_t slot_of(std::string_view name) noexcept {
  const unsigned first = static_cast<unsigned char>(name.front()) | 0x20u;
  const unsigned last = static_cast<unsigned char>(name.back()) | 0x20u;
  return (name.size() + 3 * first + 44 * last) % kSlots;
}

constexpr std::array<FieldId, kSlots> make_slots() {
  std::array<FieldId, kSlots> slots{};
  for (std::size_t i = 1; i < kNames.size(); ++i)
    slots[slot_of(kNames[i])] = static_cast<FieldId>(i);
  return slots;
}

constexpr std::array<FieldId, kSlots> kIdBySlot = make_slots();

constexpr bool every_name_has_its_own_slot() {
  for (std::size_t i = 1; i < kNames.size(); ++i) {
    if (kIdBySlot[slot_of(kNames[i])] != static_cast<FieldId>(i)) return false;
  }
  return true;
}
static_assert(every_name_has_its_own_slot());

/// The known names in lower case, padded so that whole words can be compared.
using LowerName = std::array<char, 32>;

constexpr std::array<LowerName, kNames.size()> make_lower_names() {
  std::array<LowerName, kNames.size()> lower{};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    std::ranges::transform(kNames[i], lower[i].begin(), to_lower);
  }
  return lower;
}

constexpr std::array<LowerName, kNames.size()> kLowerNames = make_lower_names();

template <class Word>
bool same_word(const char* name, const char* lower) noexcept {
  constexpr auto kCaseBits = static_cast<Word>(0x2020'2020'2020'2020u);
  Word a = 0;
  Word b = 0;
  std::memcpy(&a, name, sizeof a);
  std::memcpy(&b, lower, sizeof b);
  return (a | kCaseBits) == b;
}

/// Compares whole words with the case bit set; the last word may overlap the one before it. Setting
/// that bit maps two different characters of a field value to the same letter, digit or "-" only if
/// they are the two cases of a letter.
bool is_name(std::string_view name, const LowerName& lower) noexcept {
  const std::size_t size = name.size();
  if (size >= sizeof(std::uint64_t)) {
    const std::size_t last = size - sizeof(std::uint64_t);
    for (std::size_t at = 0; at < last; at += sizeof(std::uint64_t)) {
      if (!same_word<std::uint64_t>(name.data() + at, lower.data() + at)) return false;
    }
    return same_word<std::uint64_t>(name.data() + last, lower.data() + last);
  }
  if (size >= sizeof(std::uint32_t)) {
    const std::size_t last = size - sizeof(std::uint32_t);
    return same_word<std::uint32_t>(name.data(), lower.data()) &&
           same_word<std::uint32_t>(name.data() + last, lower.data() + last);
  }
  return iequals(name, {lower.data(), size});
}

}  // namespace

FieldId field_id(std::string_view name) noexcept {
  if (name.empty()) return FieldId::other;
  const FieldId candidate = kIdBySlot[slot_of(name)];
  const auto index = static_cast<std::size_t>(candidate);
  const bool same = name.size() == kNames[index].size() && is_name(name, kLowerNames[index]);
  return same ? candidate : FieldId::other;
}

std::string_view name_of(FieldId id) noexcept { return kNames[static_cast<std::size_t>(id)]; }

const Field* find_field(std::span<const Field> fields, FieldId id) noexcept {
  for (const Field& field : fields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

std::size_t count_fields(std::span<const Field> fields, FieldId id) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields, [id](const Field& field) { return field.id == id; }));
}

void RequestHead::clear() noexcept {
  std::vector<Field> kept = std::move(fields);
  kept.clear();
  *this = RequestHead{};
  fields = std::move(kept);
}

void ResponseHead::clear() noexcept {
  std::vector<Field> kept = std::move(fields);
  kept.clear();
  *this = ResponseHead{};
  fields = std::move(kept);
}

}  // namespace pushgate::http
