#pragma once
// redis_scripts.hpp - what the Redis store has to do in one step. Sans-I/O.
//
// All keys of a script carry the same hash tag, so that they lie on the same node of a cluster.

#include <string_view>

namespace pushgate::node {

/// KEYS: epoch, log, a stream for each room.
/// ARGV: a fresh epoch, "1" to begin a new one, length of the log, its time to live in ms (or "0"),
/// number of fields, the fields, then size and time to live for each room.
/// Returns epoch and entry id. Each entry begins with its epoch ("e").
inline constexpr std::string_view kAppendScript = R"lua(
local epoch = redis.call('GET', KEYS[1])
if not epoch or ARGV[2] == '1' then
  epoch = ARGV[1]
  redis.call('SET', KEYS[1], epoch)
end
local n = tonumber(ARGV[5])
local fields = {'e', epoch}
for i = 1, n do fields[i + 2] = ARGV[5 + i] end
local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', unpack(fields))
if ARGV[4] ~= '0' then redis.call('PEXPIRE', KEYS[2], ARGV[4]) end
for r = 3, #KEYS do
  local at = 5 + n + (r - 3) * 2
  local added = redis.pcall('XADD', KEYS[r], 'MAXLEN', '=', ARGV[at + 1], id, unpack(fields))
  if type(added) == 'table' and added.err then
    redis.call('DEL', KEYS[r])
    redis.call('XADD', KEYS[r], id, unpack(fields))
  end
  redis.call('PEXPIRE', KEYS[r], ARGV[at + 2])
end
return {epoch, id}
)lua";

/// KEYS: epoch, log, the streams to read.
/// ARGV: a fresh epoch (if there is none), the epoch that it must be (empty: any) and the entry id
/// after which to read (empty: all), how many entries at most, a time to live in ms for each
/// stream. Returns epoch, the log's last id, a word for what is wrong ("" if nothing), the id of
/// the log's last entry ("" if it has none), and the entries of each stream.
///
/// A stream is complete after an id if its first entry is not later, or if it has never been
/// trimmed. One that has expired cannot say so; but then everything in it was older than its time
/// to live.
inline constexpr std::string_view kReadScript = R"lua(
local function later(a, b)
  local am, as = string.match(a, '(%d+)-(%d+)')
  local bm, bs = string.match(b, '(%d+)-(%d+)')
  am, as, bm, bs = tonumber(am), tonumber(as), tonumber(bm), tonumber(bs)
  return am > bm or (am == bm and as > bs)
end
local epoch = redis.call('GET', KEYS[1])
if not epoch then
  epoch = ARGV[1]
  redis.call('SET', KEYS[1], epoch)
end
local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
-- Nothing can be appended any more before this moment.
local last = newest[1] and newest[1][1] or string.format('%.0f-0', now - 1)
local entry = newest[1] and last or ''
local since = ARGV[3]
if since ~= '' then
  if ARGV[2] ~= '' and ARGV[2] ~= epoch then return {epoch, last, 'other_epoch', entry} end
  if newest[1] and later(since, last) then return {epoch, last, 'bad_offset', entry} end
end
local answer = {epoch, last, '', entry}
for k = 3, #KEYS do
  if since == '' then
    answer[#answer + 1] = redis.call('XRANGE', KEYS[k], '-', '+', 'COUNT', ARGV[4])
  else
    local first = redis.call('XRANGE', KEYS[k], '-', '+', 'COUNT', 1)
    if not first[1] or later(first[1][1], since) then
      local added, length = 0, 0
      if first[1] then
        local info = redis.call('XINFO', 'STREAM', KEYS[k])
        added = nil
        for i = 1, #info, 2 do
          if info[i] == 'entries-added' then added = info[i + 1] end
          if info[i] == 'length' then length = info[i + 1] end
        end
      end
      local ms = tonumber(string.match(since, '(%d+)-'))
      if added ~= length or ms + tonumber(ARGV[2 + k]) < now then
        return {epoch, last, 'trimmed', entry}
      end
    end
    answer[#answer + 1] = redis.call('XRANGE', KEYS[k], '(' .. since, '+', 'COUNT', ARGV[4])
  end
end
return answer
)lua";

/// KEYS: a session, and who may have it. ARGV: owner, uid, namespace, "1" if it is live, the
/// session itself, time to live in ms. Returns 1, or 0 if somebody else owns it.
inline constexpr std::string_view kSaveSessionScript = R"lua(
local owner = redis.call('HGET', KEYS[2], 'owner')
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[5], 'PX', ARGV[6])
redis.call('HSET', KEYS[2], 'owner', ARGV[1], 'uid', ARGV[2], 'nsp', ARGV[3], 'live', ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return 1
)lua";

/// KEYS: as above. ARGV: owner. Returns how many keys were removed.
inline constexpr std::string_view kForgetSessionScript = R"lua(
if redis.call('HGET', KEYS[2], 'owner') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1], KEYS[2])
)lua";

/// KEYS: as above. ARGV: the new owner, uid and namespace that it must have, time to live in ms.
/// Returns the session, its owner until now, its uid and namespace, and "1" if it was live; or
/// nothing. It is live from now on; but if uid and namespace are others, it keeps its owner. One
/// that another make of node has saved has no owner.
inline constexpr std::string_view kTakeSessionScript = R"lua(
local session = redis.call('GET', KEYS[1])
if not session then return {} end
local held = redis.call('HMGET', KEYS[2], 'owner', 'uid', 'nsp', 'live')
local uid, nsp = held[2] or ARGV[2], held[3] or ARGV[3]
if uid == ARGV[2] and nsp == ARGV[3] then
  redis.call('HSET', KEYS[2], 'owner', ARGV[1], 'uid', uid, 'nsp', nsp, 'live', '1')
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return {session, held[1] or '', uid, nsp, held[4] or '0'}
)lua";

/// KEYS: a mailbox. ARGV: message id, size, time to live in ms, number of fields, fields. Returns
/// how many had to give way, or -1 if the message was there already.
inline constexpr std::string_view kPutMailScript = R"lua(
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
  if entry[2][2] == ARGV[1] then return -1 end
end
local time = redis.call('TIME')
local due = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[3])
local fields = {}
for i = 1, tonumber(ARGV[4]) do fields[i] = ARGV[4 + i] end
redis.call('XADD', KEYS[1], '*', 'm', ARGV[1], 'due', string.format('%.0f', due), unpack(fields))
local left = redis.call('PTTL', KEYS[1])
if left < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', ARGV[2])
)lua";

/// KEYS: a mailbox. ARGV: a message id to remove, or "". Returns how many had expired, and what is
/// left.
inline constexpr std::string_view kMailScript = R"lua(
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local expired = 0
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
  if entry[2][2] == ARGV[1] then
    redis.call('XDEL', KEYS[1], entry[1])
  elseif tonumber(entry[2][4]) <= now then
    redis.call('XDEL', KEYS[1], entry[1])
    expired = expired + 1
  end
end
return {expired, redis.call('XRANGE', KEYS[1], '-', '+')}
)lua";

}  // namespace pushgate::node
