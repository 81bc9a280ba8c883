#pragma once
// store_codec.hpp - how events and sessions are spelled in Redis. Sans-I/O.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/envelope.hpp"
#include "pushgate/node/store/store.hpp"
#include "pushgate/redis/reply.hpp"

namespace pushgate::node {

/// The fields of a stream's entry, name and value in turn: n the namespace, d the event's data, o
/// its options, b an attachment (any number of them, in order).
std::vector<std::string> fields_of(const Envelope& envelope);
/// From the fields of an entry; nullopt if that is none of ours. Without offset.
std::optional<Envelope> envelope_of(const std::vector<std::string>& fields);
/// The value of a field by its name, of names and values in turn; empty if there is none.
std::string_view field_of(const std::vector<std::string>& fields, std::string_view name) noexcept;
/// Whom an entry is for, without a look at the rest.
std::string_view namespace_of(const std::vector<std::string>& fields) noexcept;
BroadcastOptions options_of(const std::vector<std::string>& fields);

/// Who appended an entry, in fields of the same kind: e the epoch (which Redis writes itself), p
/// the process, s its number there.
struct EntryTag {
  std::string_view epoch;
  std::string_view process;
  std::uint64_t sequence = 0;
};
EntryTag tag_of(const std::vector<std::string>& fields);
void append_tag(std::vector<std::string>& fields, std::string_view process, std::uint64_t sequence);

std::vector<std::string> texts_of(const redis::Reply& array);

std::string encode_session(const StoredSession& session);
std::optional<StoredSession> decode_session(std::string_view json);

/// The same as the streams adapter has it: base64 of MessagePack, with the room of the socket's id,
/// and with members of ours that it does not look at.
std::string encode_adapter_session(const StoredSession& session);
std::optional<StoredSession> decode_adapter_session(std::string_view text);

}  // namespace pushgate::node
