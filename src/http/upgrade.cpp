#include "pushgate/http/upgrade.hpp"

#include <algorithm>

#include "pushgate/base/text.hpp"

#include "characters.hpp"

namespace pushgate::http {

std::string_view requested_protocol(const RequestHead& head,
                                    std::span<const std::string> allowed) noexcept {
  if (!head.wants_upgrade) return {};
  for (const Field& field : head.fields) {
    if (field.id != FieldId::upgrade) continue;
    ListReader list{field.value};
    while (list.more) {
      const std::string_view protocol = list.next();
      const bool listed = std::ranges::any_of(
          allowed, [&](const std::string& name) { return iequals(name, protocol); });
      if (listed && !protocol.empty()) return protocol;
    }
  }
  return {};
}

std::string_view message_of(UpgradeError error) noexcept {
  switch (error) {
    case UpgradeError::none:
      return "no error";
    case UpgradeError::not_get:
      return "only a GET request may upgrade";
    case UpgradeError::has_body:
      return "an upgrade request may not have a body";
    case UpgradeError::missing_host:
      return "an upgrade request needs a Host header";
    case UpgradeError::not_switching:
      return "the node did not switch protocols";
    case UpgradeError::no_upgrade_option:
      return "the node answered 101 without Upgrade or without Connection: upgrade";
    case UpgradeError::other_protocol:
      return "the node switched to a protocol that was not asked for";
    case UpgradeError::framed_answer:
      return "the node answered 101 with a body length";
  }
  return {};
}

UpgradeError check_upgrade_request(const RequestHead& head) noexcept {
  if (head.method != Method::get) return UpgradeError::not_get;
  // "Content-Length: 0" is no body, but a coding or a length announces one.
  if (head.framing != Framing::none) return UpgradeError::has_body;
  if (head.host.empty()) return UpgradeError::missing_host;
  return UpgradeError::none;
}

UpgradeError check_upgrade_answer(const ResponseHead& head, std::string_view protocol) noexcept {
  if (head.status != 101) return UpgradeError::not_switching;
  if (!head.wants_upgrade) return UpgradeError::no_upgrade_option;
  const SingleField upgrade = single_field(head.fields, FieldId::upgrade);
  if (upgrade.count != 1 || !iequals(upgrade.value, protocol)) return UpgradeError::other_protocol;
  if (head.find(FieldId::content_length) != nullptr ||
      head.find(FieldId::transfer_encoding) != nullptr) {
    return UpgradeError::framed_answer;
  }
  return UpgradeError::none;
}

SingleField single_field(std::span<const Field> fields, FieldId id) noexcept {
  SingleField found;
  for (const Field& field : fields) {
    if (field.id == id && found.count++ == 0) found.value = field.value;
  }
  return found;
}

std::string_view combined_value(std::span<const Field> fields, FieldId id, std::string& storage) {
  const SingleField first = single_field(fields, id);
  if (first.count < 2) return first.value;
  storage.clear();
  for (const Field& field : fields) {
    if (field.id != id) continue;
    if (!storage.empty()) storage += ", ";
    storage += field.value;
  }
  return storage;
}

}  // namespace pushgate::http
