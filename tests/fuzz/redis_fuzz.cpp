// redis_fuzz.cpp - any bytes as what a Redis server says, at once and in pieces whose size the
// first byte chooses: both must give the same replies. What takes replies apart is given each of
// them.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "redis/cluster_slots.hpp"
#include "redis/handshake.hpp"
#include "redis/reply_reader.hpp"
#include "redis/sentinel_replies.hpp"
#include "redis/subscriptions.hpp"

namespace {

using namespace pushgate::redis;

void require(bool condition) {
  if (!condition) std::abort();
}

constexpr std::size_t kMaxReplyBytes = 4096;

struct Read {
  std::vector<Reply> replies;
  bool faulty = false;
};

Read read(std::string_view bytes, std::size_t piece_bytes) {
  ReplyReader reader{kMaxReplyBytes};
  Read result;
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
    reader.give(bytes.substr(at, piece_bytes));
    while (Reply* const reply = reader.next()) result.replies.push_back(*reply);
  }
  result.faulty = !reader.fault().empty();
  return result;
}

void take_apart(Reply& reply, Subscriptions& subscriptions) {
  const ServerAddress asked;
  for (const auto& map : {parse_slots(reply, asked), parse_shards(reply, asked, false)}) {
    if (!map) continue;
    for (unsigned slot = 0; slot < kSlots; slot += 1024) {
      const ServerAddress* const node = map->node_of(static_cast<std::uint16_t>(slot));
      require(node == nullptr || map->has_member(*node));
    }
  }
  if (const auto to = parse_redirection(reply.text, asked)) require(to->slot < kSlots);
  if (const auto to = master_address(reply)) require(to->port != 0 && !to->host.empty());
  switched_master(reply.text, "m");
  Handshake handshake{{.password = "p", .must_be_master = true}};
  handshake.on_reply(reply);
  const SubscriptionEvent event = subscriptions.on_reply(reply);
  require(event.type != SubscriptionEvent::Type::message || reply.is_array());
  require(subscriptions.confirmed_count() <= subscriptions.wanted_count());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const Read pieces = read(bytes, 1 + data[0] % 16u);
  Read whole = read(bytes, bytes.size() + 1);
  // A reply above the limit is noticed while it is incomplete, so not always in one piece.
  if (bytes.size() < kMaxReplyBytes) {
    require(whole.faulty == pieces.faulty && whole.replies == pieces.replies);
  }
  Subscriptions subscriptions{std::chrono::seconds{1}, true};
  for (const char* channel : {"a", "b"}) {
    for (const auto kind :
         {SubscriptionKind::channel, SubscriptionKind::pattern, SubscriptionKind::shard}) {
      subscriptions.want(kind, channel);
    }
  }
  std::string out;
  subscriptions.append_commands(out);
  for (Reply& reply : whole.replies) take_apart(reply, subscriptions);
  return 0;
}
