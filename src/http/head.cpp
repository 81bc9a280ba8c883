#include "pushgate/http/head.hpp"

#include <algorithm>
#include <array>

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

}  // namespace

FieldId field_id(std::string_view name) noexcept {
  if (name.empty()) return FieldId::other;
  const FieldId candidate = kIdBySlot[slot_of(name)];
  return iequals(name, kNames[static_cast<std::size_t>(candidate)]) ? candidate : FieldId::other;
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
