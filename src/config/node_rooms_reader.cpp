// What messages do on a node: "events", "rooms", "queue", "recovery", "mailbox", "store",
// "presence".

#include "config/node_reader.hpp"
#include "config/values.hpp"

namespace pushgate::config {

namespace {

constexpr IntegerRange kMessages{1, 1'000'000};
constexpr std::size_t kMaxGlob = 256;  // as the longest name of a room
constexpr SizeRange kQueueBytes{1'024, std::uint64_t{1} << 32};
constexpr SizeRange kStoreBytes{1'048'576, std::uint64_t{1} << 44};

void read_queue(const Value& value, QueueConfig& out) {
  ObjectReader reader{value};
  reader.size("bytes", out.bytes, kQueueBytes);
  reader.enumeration("whenFull", out.when_full, "rule for a full queue", kWhenFullNames);
  reader.finish();
}

void read_history(const Value& value, std::optional<HistoryConfig>& out) {
  ObjectReader reader{value};
  out.emplace();
  reader.integer("size", out->size, kMessages);
  reader.duration("ttl", out->ttl);
  reader.finish();
}

void read_match(const Value& value, std::string& out) {
  auto text = read_text(value);
  if (!text) return;
  if (text->empty() || text->size() > kMaxGlob || has_control(*text)) {
    value.error(show(*value.json) + " matches no room",
                "1 to 256 bytes without control characters; * is anything, ? is one byte");
    return;
  }
  out = *std::move(text);
}

RoomRule read_rule(const Value& value, const QueueConfig& queue) {
  ObjectReader reader{value};
  RoomRule rule;
  rule.when_full = queue.when_full;
  const auto match = reader.find("match");
  if (match) {
    read_match(*match, rule.match);
  } else if (reader.is_object()) {
    value.error("the key \"match\" is missing", R"(e.g. {"match": "chat:*"})");
  }
  reader.section("history", read_history, rule.history);
  reader.boolean("presence", rule.presence);
  reader.enumeration("whenFull", rule.when_full, "rule for a full queue", kWhenFullNames);
  reader.enumeration("join", rule.join, "group of clients", kRoomAccessNames);
  reader.enumeration("publish", rule.publish, "group of clients", kRoomAccessNames);
  reader.finish();
  return rule;
}

void read_rules(const Value& value, NodeConfig& out) {
  out.rooms.clear();
  bool all_matched = false;
  for (const Value& element : read_list(value)) {
    out.rooms.push_back(read_rule(element, out.queue));
    if (all_matched) element.error("no room comes to this rule: one before it matches all");
    all_matched = all_matched || out.rooms.back().match == "*";
  }
}

void read_event_or_off(const Value& value, std::optional<std::string>& out) {
  const auto text = read_text(value);
  if (!text) return;
  if (*text == "off") {
    out.reset();
  } else if (text->empty()) {
    value.error("must be the name of an event, or \"off\"");
  } else {
    out = *text;
  }
}

void read_recovery(const Value& value, RecoveryConfig& out) {
  ObjectReader reader{value};
  reader.boolean("enabled", out.enabled);
  reader.duration("maxDisconnection", out.max_disconnection);
  reader.finish();
}

void read_mailbox(const Value& value, MailboxConfig& out) {
  ObjectReader reader{value};
  reader.boolean("enabled", out.enabled);
  reader.integer("size", out.size, kMessages);
  reader.duration("ttl", out.ttl);
  reader.finish();
}

void read_store(const Value& value, StoreConfig& out) {
  ObjectReader reader{value};
  reader.enumeration("kind", out.kind, "kind of store", kStoreNames);
  reader.size("bytes", out.bytes, kStoreBytes);
  reader.finish();
}

void read_presence(const Value& value, PresenceConfig& out) {
  ObjectReader reader{value};
  reader.duration("lease", out.lease, {milliseconds{1'000}, DurationRange{}.most});
  reader.finish();
}

void read_events(const Value& value, std::vector<EventSet>& out) {
  out = read_enum_list(value, "set of events", kEventSetNames);
}

}  // namespace

void read_messages(ObjectReader& reader, NodeConfig& out) {
  reader.section("events", read_events, out.events);
  reader.section("queue", read_queue, out.queue);  // before the rules, which inherit from it
  reader.section("rooms", read_rules, out);
  reader.section("recovery", read_recovery, out.recovery);
  reader.section("resyncEvent", read_event_or_off, out.resync_event);
  reader.section("mailbox", read_mailbox, out.mailbox);
  reader.section("store", read_store, out.store);
  reader.section("presence", read_presence, out.presence);
}

}  // namespace pushgate::config
