#pragma once
// presence_tracker.hpp - tells the members of a room who comes and goes, where the room's rule says
// `presence`.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/hub/room_hub.hpp"

namespace pushgate::node {

class NodeThread;

/// On one io thread. What happens in one turn of the loop goes out together, as events `presence`
/// {"room":"r","joined":[{"socket":"...","uid":"..."}]} or {...,"left":[...]}, to the room on every
/// node. A member is a socket; `uid` is left out if nobody knows it.
class PresenceTracker {
 public:
  explicit PresenceTracker(NodeThread& thread) noexcept : thread_(thread) {}

  void joined(const HubSocket& socket, const std::string& room) { note(socket, room, true); }
  void left(const HubSocket& socket, const std::string& room) { note(socket, room, false); }

 private:
  struct Change {
    std::string nsp;
    std::string room;
    bool is_join;
    std::string members;  ///< JSON objects with commas between them
  };

  void note(const HubSocket& socket, const std::string& room, bool is_join);
  void tell();

  NodeThread& thread_;
  std::vector<Change> changes_;
};

}  // namespace pushgate::node
