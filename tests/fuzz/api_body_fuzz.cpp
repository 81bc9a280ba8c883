// api_body_fuzz.cpp - bodies of the API's commands: whatever is accepted is a packet that clients
// can take.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "pushgate/node/json_text.hpp"

#include "node/api/api_command.hpp"

using namespace pushgate::node;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::size_t placeholders(std::string_view value) {
  std::size_t count = 0;
  if (json_kind(value) == JsonKind::array) {
    for (JsonElements elements{value}; const auto element = elements.next();) {
      count += placeholders(*element);
    }
  } else if (json_kind(value) == JsonKind::object) {
    if (find_member(value, "_placeholder")) return 1;
    for (JsonMembers members{value}; const auto member = members.next();) {
      count += placeholders(member->value);
    }
  }
  return count;
}

void check_packet(const Packet& packet) {
  require(check_json(packet.data) == JsonError::none);
  require(packet.attachments.size() <= 10);
  require(placeholders(packet.data) == packet.attachments.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (check_json(text) != JsonError::none) return 0;
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  const std::string_view value = text.substr(begin);
  const ApiLimits limits{10, [](std::string_view nsp) { return nsp == "/"; }};
  for (const CommandKind kind : {CommandKind::publish, CommandKind::push, CommandKind::broadcast,
                                 CommandKind::disconnect, CommandKind::join, CommandKind::leave}) {
    const auto parsed = parse_command(kind, value, limits);
    if (const auto* const problem = std::get_if<ApiProblem>(&parsed)) {
      require(check_json(to_reply(*problem).body) == JsonError::none);
      continue;
    }
    const ApiCommand& command = std::get<ApiCommand>(parsed);
    if (const auto* const publish = std::get_if<PublishWish>(&command))
      check_packet(publish->event);
    if (const auto* const push = std::get_if<PushWish>(&command)) check_packet(push->event);
  }
  const auto batch = parse_batch(value);
  if (const auto* const items = std::get_if<0>(&batch)) require(items->size() <= kMaxBatch);
  return 0;
}
