#include "node/bus/interest.hpp"

#include <algorithm>

namespace pushgate::node {

Interest::Node& Interest::node(PeerId peer, std::string_view nsp) {
  if (Node* const found = find(peer, nsp)) return *found;
  auto place = namespaces_.find(nsp);
  if (place == namespaces_.end()) place = namespaces_.try_emplace(std::string{nsp}).first;
  Node& made = place->second.emplace_back();
  made.peer = peer;
  return made;
}

Interest::Node* Interest::find(PeerId peer, std::string_view nsp) {
  const auto place = namespaces_.find(nsp);
  if (place == namespaces_.end()) return nullptr;
  for (Node& node : place->second) {
    if (node.peer == peer) return &node;
  }
  return nullptr;
}

const Interest::Nodes* Interest::find(std::string_view nsp) const {
  const auto place = namespaces_.find(nsp);
  return place == namespaces_.end() ? nullptr : &place->second;
}

template <class Test>
bool Interest::any(std::string_view nsp, Test test) const {
  const Nodes* const nodes = find(nsp);
  return nodes != nullptr && std::any_of(nodes->begin(), nodes->end(), test);
}

void Interest::drop_if_empty(PeerId peer, std::string_view nsp) {
  const auto place = namespaces_.find(nsp);
  std::erase_if(place->second, [&](const Node& node) { return node.peer == peer && node.empty(); });
  if (place->second.empty()) namespaces_.erase(place);
}

bool Interest::open(PeerId peer, std::string_view nsp) {
  const bool first = !is_open(nsp);
  ++node(peer, nsp).opened;
  return first;
}

bool Interest::close(PeerId peer, std::string_view nsp) {
  Node* const found = find(peer, nsp);
  if (found == nullptr || found->opened == 0) return false;
  --found->opened;
  drop_if_empty(peer, nsp);
  return !is_open(nsp);
}

void Interest::begin_listening(PeerId peer, std::string_view nsp) { ++node(peer, nsp).listening; }

void Interest::end_listening(PeerId peer, std::string_view nsp) {
  Node* const found = find(peer, nsp);
  if (found == nullptr || found->listening == 0) return;
  --found->listening;
  drop_if_empty(peer, nsp);
}

bool Interest::join(PeerId peer, std::string_view nsp, std::string_view room) {
  const bool first =
      !any(nsp, [&](const Node& candidate) { return candidate.rooms.contains(room); });
  auto& rooms = node(peer, nsp).rooms;
  const auto place = rooms.find(room);
  if (place == rooms.end()) {
    rooms.emplace(room, 1);
  } else {
    ++place->second;
  }
  return first;
}

bool Interest::leave(PeerId peer, std::string_view nsp, std::string_view room) {
  Node* const found = find(peer, nsp);
  if (found == nullptr) return false;
  const auto place = found->rooms.find(room);
  if (place == found->rooms.end()) return false;
  if (--place->second > 0) return false;
  found->rooms.erase(place);
  drop_if_empty(peer, nsp);
  return !any(nsp, [&](const Node& candidate) { return candidate.rooms.contains(room); });
}

bool Interest::add_socket(PeerId peer, std::string_view nsp, std::string_view id) {
  return node(peer, nsp).sockets.emplace(id).second;
}

bool Interest::remove_socket(PeerId peer, std::string_view nsp, std::string_view id) {
  Node* const found = find(peer, nsp);
  if (found == nullptr) return false;
  const auto place = found->sockets.find(id);
  if (place == found->sockets.end()) return false;
  found->sockets.erase(place);
  drop_if_empty(peer, nsp);
  return true;
}

Interest::Lost Interest::forget(PeerId peer) {
  Lost lost;
  for (const auto& entry : namespaces_) {
    const std::string& name = entry.first;
    const Nodes& nodes = entry.second;
    const auto gone = std::find_if(nodes.begin(), nodes.end(),
                                   [&](const Node& node) { return node.peer == peer; });
    if (gone == nodes.end()) continue;
    const auto others_have = [&](auto test) {
      return std::any_of(nodes.begin(), nodes.end(),
                         [&](const Node& node) { return node.peer != peer && test(node); });
    };
    if (gone->opened > 0 && !others_have([](const Node& node) { return node.opened > 0; })) {
      lost.namespaces.push_back(name);
    }
    for (const auto& joined : gone->rooms) {
      const std::string& room = joined.first;
      if (!others_have([&](const Node& node) { return node.rooms.contains(room); })) {
        lost.rooms.emplace_back(name, room);
      }
    }
    for (const std::string& id : gone->sockets) lost.sockets.emplace_back(name, id);
  }
  for (auto& [name, nodes] : namespaces_) {
    std::erase_if(nodes, [&](const Node& node) { return node.peer == peer; });
  }
  std::erase_if(namespaces_, [](const auto& entry) { return entry.second.empty(); });
  return lost;
}

bool Interest::is_open(std::string_view nsp) const {
  return any(nsp, [](const Node& node) { return node.opened > 0; });
}

bool Interest::is_open(PeerId peer, std::string_view nsp) const {
  return any(nsp, [&](const Node& node) { return node.peer == peer && node.opened > 0; });
}

bool Interest::has_members(std::string_view nsp, std::string_view room) const {
  return any(nsp, [&](const Node& node) { return node.has(room); });
}

bool Interest::has_socket(std::string_view nsp, std::string_view id) const {
  return any(nsp, [&](const Node& node) { return node.sockets.contains(id); });
}

std::vector<std::string> Interest::namespaces() const {
  std::vector<std::string> names;
  for (const auto& [name, nodes] : namespaces_) {
    if (is_open(name)) names.push_back(name);
  }
  return names;
}

std::vector<PeerId> Interest::targets(std::string_view nsp, const std::vector<std::string>& rooms,
                                      PeerId origin) const {
  std::vector<PeerId> found;
  const Nodes* const nodes = find(nsp);
  if (nodes == nullptr) return found;
  for (const Node& node : *nodes) {
    if (node.peer == origin || node.opened == 0) continue;
    const bool concerned = rooms.empty() || node.listening > 0 ||
                           std::any_of(rooms.begin(), rooms.end(),
                                       [&](const std::string& room) { return node.has(room); });
    if (concerned) found.push_back(node.peer);
  }
  return found;
}

}  // namespace pushgate::node
