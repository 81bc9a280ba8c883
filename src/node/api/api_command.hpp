#pragma once
// api_command.hpp - the bodies of the API's commands as values. Sans-I/O.

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pushgate/node/packet.hpp"

#include "node/api/api_reply.hpp"

namespace pushgate::node {

/// What a body is held against.
struct ApiLimits {
  std::size_t max_attachments = 10;
  std::function<bool(std::string_view nsp)> serves_namespace;
};

/// An event to rooms, or to the whole namespace.
struct PublishWish {
  Packet event;
  std::vector<std::string> rooms;  ///< empty: everybody
  std::vector<std::string> except;
  bool is_volatile = false;
  bool keep = true;  ///< in the history of rooms that have one
};

/// An event to every device of users.
struct PushWish {
  Packet event;
  std::vector<std::string> uids;
  std::optional<std::chrono::milliseconds> ack_timeout;
  std::optional<std::chrono::milliseconds> mailbox_ttl;
};

/// Sockets are meant that are any of `who`: rooms, users' rooms, and ids are all rooms.
struct DisconnectWish {
  std::string nsp = "/";
  std::vector<std::string> who;
  bool close = false;
};

struct MembershipWish {
  std::string nsp = "/";
  std::vector<std::string> who;
  std::vector<std::string> rooms;
  bool is_join = true;
};

using ApiCommand = std::variant<PublishWish, PushWish, DisconnectWish, MembershipWish>;

enum class CommandKind : std::uint8_t { publish, push, broadcast, disconnect, join, leave };
/// "publish" and so on; nullopt for anything else.
std::optional<CommandKind> parse_command_kind(std::string_view name) noexcept;

/// `body`: text that has passed check_json.
std::variant<ApiCommand, ApiProblem> parse_command(CommandKind kind, std::string_view body,
                                                   const ApiLimits& limits);

struct BatchItem {
  CommandKind kind;
  std::string_view body;
};
inline constexpr std::size_t kMaxBatch = 100;
/// {"commands":[{"command":"publish","body":{...}},...]}: one to kMaxBatch of them. Views into
/// `body`, which has passed check_json.
std::variant<std::vector<BatchItem>, ApiProblem> parse_batch(std::string_view body);

}  // namespace pushgate::node
