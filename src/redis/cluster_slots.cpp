#include "cluster_slots.hpp"

#include <algorithm>
#include <charconv>

namespace pushgate::redis {

namespace {

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Nothing, or an empty text, means "where you asked"; a question mark, "I do not know".
std::optional<ServerAddress> make_address(std::string_view host, std::int64_t port,
                                          const ServerAddress& asked) {
  if (host == "?" || port < 1 || port > 65535) return std::nullopt;
  return ServerAddress{
      host.empty() ? asked.host : std::string{host}, static_cast<std::uint16_t>(port), {}};
}

bool is_slot_range(const Reply& first, const Reply& last) {
  return first.is_integer() && last.is_integer() && first.integer >= 0 &&
         first.integer <= last.integer && last.integer < kSlots;
}

std::optional<ServerAddress> node_of_slots(const Reply& node, const ServerAddress& asked) {
  if (!node.is_array() || node.elements.size() < 2) return std::nullopt;
  return make_address(node.elements[0].text, node.elements[1].integer, asked);
}

/// The value of a name in an array of names and values; nullptr if it is not there.
const Reply* find_field(const Reply& fields, std::string_view name) {
  for (std::size_t i = 0; i + 1 < fields.elements.size(); i += 2) {
    if (fields.elements[i].text == name) return &fields.elements[i + 1];
  }
  return nullptr;
}

struct ShardNode {
  ServerAddress address;
  bool master = false;
};

std::optional<ShardNode> node_of_shards(const Reply& node, const ServerAddress& asked, bool tls) {
  const Reply* const endpoint = find_field(node, "endpoint");
  const Reply* const port = find_field(node, tls ? "tls-port" : "port");
  const Reply* const role = find_field(node, "role");
  const Reply* const health = find_field(node, "health");
  if (endpoint == nullptr || port == nullptr || role == nullptr) return std::nullopt;
  if (health != nullptr && health->text != "online") return std::nullopt;
  const auto address = make_address(endpoint->text, port->integer, asked);
  if (!address) return std::nullopt;
  return ShardNode{*address, role->text == "master"};
}

void add_shard(SlotMap& map, const Reply& slots, const ShardNode& node) {
  if (!node.master) {
    map.add_replica(node.address);
    return;
  }
  for (std::size_t i = 0; i + 1 < slots.elements.size(); i += 2) {
    const Reply& first = slots.elements[i];
    const Reply& last = slots.elements[i + 1];
    if (!is_slot_range(first, last)) continue;
    map.assign(static_cast<unsigned>(first.integer), static_cast<unsigned>(last.integer),
               node.address);
  }
}

}  // namespace

bool SlotMap::has_member(const ServerAddress& address) const noexcept {
  return std::find(nodes_.begin(), nodes_.end(), address) != nodes_.end() ||
         std::find(replicas_.begin(), replicas_.end(), address) != replicas_.end();
}

void SlotMap::assign(unsigned first_slot, unsigned last_slot, const ServerAddress& node) {
  auto found = std::find(nodes_.begin(), nodes_.end(), node);
  if (found == nodes_.end()) found = nodes_.insert(nodes_.end(), node);
  const auto owner = static_cast<std::uint16_t>(found - nodes_.begin() + 1);
  for (unsigned slot = first_slot; slot <= last_slot; ++slot) {
    assigned_ += owners_[slot] == 0 ? 1 : 0;
    owners_[slot] = owner;
  }
}

std::optional<SlotMap> parse_slots(const Reply& reply, const ServerAddress& asked) {
  if (!reply.is_array()) return std::nullopt;
  SlotMap map;
  for (const Reply& range : reply.elements) {
    const std::vector<Reply>& parts = range.elements;
    if (parts.size() < 3 || !is_slot_range(parts[0], parts[1])) return std::nullopt;
    if (const auto master = node_of_slots(parts[2], asked)) {
      map.assign(static_cast<unsigned>(parts[0].integer), static_cast<unsigned>(parts[1].integer),
                 *master);
    }
    for (std::size_t i = 3; i < parts.size(); ++i) {
      if (const auto replica = node_of_slots(parts[i], asked)) map.add_replica(*replica);
    }
  }
  return map;
}

std::optional<SlotMap> parse_shards(const Reply& reply, const ServerAddress& asked, bool tls) {
  if (!reply.is_array()) return std::nullopt;
  SlotMap map;
  for (const Reply& shard : reply.elements) {
    const Reply* const slots = find_field(shard, "slots");
    const Reply* const nodes = find_field(shard, "nodes");
    if (slots == nullptr || nodes == nullptr) return std::nullopt;
    for (const Reply& one : nodes->elements) {
      if (const auto node = node_of_shards(one, asked, tls)) add_shard(map, *slots, *node);
    }
  }
  return map;
}

std::optional<Redirection> parse_redirection(std::string_view error, const ServerAddress& asked) {
  // "MOVED 3999 127.0.0.1:6381", "ASK 3999 ::1:6381", "MOVED 3999 :6381"
  Redirection made;
  made.ask = error.substr(0, 4) == "ASK ";
  if (!made.ask && error.substr(0, 6) != "MOVED ") return std::nullopt;
  error.remove_prefix(made.ask ? 4 : 6);
  const std::size_t space = error.find(' ');
  const std::size_t colon = error.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) {
    return std::nullopt;
  }
  const auto slot = number(error.substr(0, space));
  const auto port = number(error.substr(colon + 1));
  if (!slot || *slot >= kSlots || !port) return std::nullopt;
  const auto to = make_address(error.substr(space + 1, colon - space - 1), *port, asked);
  if (!to) return std::nullopt;
  made.slot = static_cast<std::uint16_t>(*slot);
  made.to = *to;
  return made;
}

}  // namespace pushgate::redis
