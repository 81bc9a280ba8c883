#pragma once
// names.hpp - how the enumerations of the configuration are spelled. One table each, used by the
// reader, the dump and the test of the schema.

#include <array>
#include <string_view>

#include "pushgate/config/daemon_config.hpp"

namespace pushgate::config {

template <class Enum>
struct Name {
  std::string_view text;
  Enum value;
};

inline constexpr std::array kHashNames{
    Name<HashKind>{"rendezvous", HashKind::rendezvous}, Name<HashKind>{"ketama", HashKind::ketama},
    Name<HashKind>{"maglev", HashKind::maglev}, Name<HashKind>{"modulo", HashKind::modulo}};

inline constexpr std::array kProxyProtocolNames{
    Name<ProxyProtocolMode>{"off", ProxyProtocolMode::off},
    Name<ProxyProtocolMode>{"required", ProxyProtocolMode::required},
    Name<ProxyProtocolMode>{"trusted", ProxyProtocolMode::trusted}};

inline constexpr std::array kMissingUidNames{
    Name<IdentityConfig::MissingUid>{"reject", IdentityConfig::MissingUid::reject},
    Name<IdentityConfig::MissingUid>{"clientIp", IdentityConfig::MissingUid::client_ip}};

inline constexpr std::array kUnknownProductNames{
    Name<IdentityConfig::UnknownProduct>{"default", IdentityConfig::UnknownProduct::use_default},
    Name<IdentityConfig::UnknownProduct>{"reject", IdentityConfig::UnknownProduct::reject}};

inline constexpr std::array kLogFormatNames{Name<LogFormat>{"text", LogFormat::text},
                                            Name<LogFormat>{"json", LogFormat::json}};

/// "drop" and "pass": whether trailers reach the other side.
inline constexpr std::array kTrailerNames{Name<bool>{"drop", false}, Name<bool>{"pass", true}};

inline constexpr std::array<std::string_view, 5> kLogLevels{"trace", "debug", "info", "warn",
                                                            "error"};

using SourceKind = IdentitySourceConfig::Kind;
inline constexpr std::array kSourceNames{Name<SourceKind>{"cookie", SourceKind::cookie},
                                         Name<SourceKind>{"query", SourceKind::query},
                                         Name<SourceKind>{"header", SourceKind::header},
                                         Name<SourceKind>{"path", SourceKind::path},
                                         Name<SourceKind>{"clientIp", SourceKind::client_ip},
                                         Name<SourceKind>{"constant", SourceKind::constant},
                                         Name<SourceKind>{"jwt", SourceKind::jwt},
                                         Name<SourceKind>{"http", SourceKind::http},
                                         Name<SourceKind>{"redis", SourceKind::redis},
                                         Name<SourceKind>{"lua", SourceKind::lua},
                                         Name<SourceKind>{"native", SourceKind::native}};

inline constexpr std::array kOnSourceErrorNames{Name<OnSourceError>{"deny", OnSourceError::deny},
                                                Name<OnSourceError>{"next", OnSourceError::next}};

inline constexpr std::array kOnHookErrorNames{
    Name<OnSourceError>{"failClosed", OnSourceError::deny},
    Name<OnSourceError>{"failOpen", OnSourceError::next}};

using TokenPlace = TokenSourceConfig::From;
inline constexpr std::array kTokenPlaceNames{Name<TokenPlace>{"header", TokenPlace::header},
                                             Name<TokenPlace>{"cookie", TokenPlace::cookie},
                                             Name<TokenPlace>{"query", TokenPlace::query}};

using TokenKeyKind = TokenKeyConfig::Kind;
/// Both kinds of JWKS are spelled "jwks"; a URL is known by its scheme.
inline constexpr std::array kTokenKeyNames{
    Name<TokenKeyKind>{"secret", TokenKeyKind::secret},
    Name<TokenKeyKind>{"secretFile", TokenKeyKind::secret_file},
    Name<TokenKeyKind>{"pem", TokenKeyKind::pem},
    Name<TokenKeyKind>{"jwks", TokenKeyKind::jwks_file},
    Name<TokenKeyKind>{"jwks", TokenKeyKind::jwks_url}};

inline constexpr std::array<std::string_view, 13> kTokenAlgorithms{
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
    "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};

inline constexpr std::array<std::string_view, 3> kLookupCommands{"GET", "HGET", "JSON.GET"};

inline constexpr std::array<std::string_view, 2> kLookupMethods{"GET", "HEAD"};

// ---- the push nodes

inline constexpr std::array kTransportNames{
    Name<TransportKind>{"polling", TransportKind::polling},
    Name<TransportKind>{"websocket", TransportKind::websocket}};

inline constexpr std::array kEventSetNames{Name<EventSet>{"gopush", EventSet::gopush},
                                           Name<EventSet>{"rooms", EventSet::rooms},
                                           Name<EventSet>{"echo", EventSet::echo}};

inline constexpr std::array kWhenExceededNames{Name<WhenExceeded>{"drop", WhenExceeded::drop},
                                               Name<WhenExceeded>{"close", WhenExceeded::close}};
inline constexpr std::array kWhenFullNames{Name<WhenFull>{"close", WhenFull::close},
                                           Name<WhenFull>{"dropOldest", WhenFull::drop_oldest}};

inline constexpr std::array kRoomAccessNames{Name<RoomAccess>{"anyone", RoomAccess::anyone},
                                             Name<RoomAccess>{"identified", RoomAccess::identified},
                                             Name<RoomAccess>{"server", RoomAccess::server}};

inline constexpr std::array kStoreNames{Name<StoreKind>{"memory", StoreKind::memory},
                                        Name<StoreKind>{"redis", StoreKind::redis}};

inline constexpr std::array kWebhookEventNames{
    Name<WebhookEvent>{"connect", WebhookEvent::connect},
    Name<WebhookEvent>{"disconnect", WebhookEvent::disconnect},
    Name<WebhookEvent>{"join", WebhookEvent::join},
    Name<WebhookEvent>{"leave", WebhookEvent::leave},
    Name<WebhookEvent>{"roomOccupied", WebhookEvent::room_occupied},
    Name<WebhookEvent>{"roomVacated", WebhookEvent::room_vacated},
    Name<WebhookEvent>{"event", WebhookEvent::event}};

inline constexpr std::array kRedisModeNames{Name<RedisMode>{"classic", RedisMode::classic},
                                            Name<RedisMode>{"sharded", RedisMode::sharded},
                                            Name<RedisMode>{"streams", RedisMode::streams}};

inline constexpr std::array kRedisSubscribeNames{
    Name<RedisSubscribe>{"exact", RedisSubscribe::exact},
    Name<RedisSubscribe>{"pattern", RedisSubscribe::pattern}};

/// As @socket.io/redis-adapter spells them.
inline constexpr std::array kShardedRoomsNames{
    Name<ShardedRooms>{"dynamic", ShardedRooms::dynamic},
    Name<ShardedRooms>{"dynamic-private", ShardedRooms::dynamic_private},
    Name<ShardedRooms>{"static", ShardedRooms::none}};

inline constexpr std::array kWhenRedisIsDownNames{
    Name<WhenRedisIsDown>{"fail", WhenRedisIsDown::fail},
    Name<WhenRedisIsDown>{"queue", WhenRedisIsDown::queue}};

/// The spelling of `value`; empty if the table lacks it (a test checks that none does).
template <class Table, class Enum>
constexpr std::string_view name_in(const Table& table, Enum value) noexcept {
  for (const auto& name : table) {
    if (name.value == value) return name.text;
  }
  return {};
}

}  // namespace pushgate::config
