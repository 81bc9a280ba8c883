#pragma once
// sentinel_replies.hpp - what sentinels say. sans-I/O.

#include <optional>
#include <string_view>

#include "pushgate/redis/reply.hpp"
#include "pushgate/redis/settings.hpp"

namespace pushgate::redis {

inline constexpr std::string_view kSwitchMaster = "+switch-master";

/// The answer to SENTINEL GET-MASTER-ADDR-BY-NAME; nullopt if the sentinel knows no such master.
std::optional<ServerAddress> master_address(const Reply& reply);

/// The new address in a message of the channel +switch-master, which reads "<name> <old host> <old
/// port> <new host> <new port>"; nullopt if it is about another master.
std::optional<ServerAddress> switched_master(std::string_view payload, std::string_view name);

}  // namespace pushgate::redis
