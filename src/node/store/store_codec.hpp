#pragma once
// store_codec.hpp - how events and sessions are spelled in Redis. Sans-I/O.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/envelope.hpp"
#include "pushgate/node/store/store.hpp"
#include "pushgate/redis/reply.hpp"

namespace pushgate::node {

/// The fields of a stream's entry, name and value in turn: d the event's data, o its options, b an
/// attachment (any number of them, in order).
std::vector<std::string> fields_of(const Envelope& envelope);
/// From the fields of an entry; nullopt if that is none of ours. Without offset.
std::optional<Envelope> envelope_of(const std::vector<redis::Reply>& fields, std::string_view nsp);

std::string encode_session(const StoredSession& session);
std::optional<StoredSession> decode_session(std::string_view json);

}  // namespace pushgate::node
