#pragma once
// interest.hpp - which nodes of this process have members where. Sans-I/O.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "pushgate/node/bus/bus.hpp"

namespace pushgate::node {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};

/// Counts per node and namespace; answers whether the process as a whole has begun or ceased to be
/// interested, which is when channels are subscribed. The cost of a question is one look-up per
/// node of the process.
class Interest {
 public:
  /// True: the first node of the process to open it, or the last to close it.
  bool open(PeerId peer, std::string_view nsp);
  bool close(PeerId peer, std::string_view nsp);

  /// True: the first member of the room in the process, or the last. Leaving what was never joined
  /// has no effect.
  bool join(PeerId peer, std::string_view nsp, std::string_view room);
  bool leave(PeerId peer, std::string_view nsp, std::string_view room);
  bool add_socket(PeerId peer, std::string_view nsp, std::string_view id);
  bool remove_socket(PeerId peer, std::string_view nsp, std::string_view id);

  /// Between the two the node is interested in every room of the namespace. The process need not
  /// subscribe to anything for it.
  void begin_listening(PeerId peer, std::string_view nsp);
  void end_listening(PeerId peer, std::string_view nsp);

  /// What nobody is interested in any more, as namespace and name.
  struct Lost {
    std::vector<std::string> namespaces;
    std::vector<std::pair<std::string, std::string>> rooms;
    std::vector<std::pair<std::string, std::string>> sockets;
  };
  /// The node is gone with everything it had.
  Lost forget(PeerId peer);

  bool is_open(std::string_view nsp) const;
  bool is_open(PeerId peer, std::string_view nsp) const;
  /// The room has members, or is the id of a socket.
  bool has_members(std::string_view nsp, std::string_view room) const;
  bool has_socket(std::string_view nsp, std::string_view id) const;
  /// Every namespace that is open.
  std::vector<std::string> namespaces() const;

  /// The nodes that a broadcast to `rooms` concerns (none: the whole namespace), less `origin`.
  std::vector<PeerId> targets(std::string_view nsp, const std::vector<std::string>& rooms,
                              PeerId origin) const;

 private:
  struct Node {
    PeerId peer = 0;
    std::size_t opened = 0;
    std::size_t listening = 0;
    std::unordered_map<std::string, std::uint32_t, StringHash, std::equal_to<>> rooms;
    std::unordered_set<std::string, StringHash, std::equal_to<>> sockets;

    bool has(std::string_view room) const { return rooms.contains(room) || sockets.contains(room); }
    bool empty() const { return opened + listening == 0 && rooms.empty() && sockets.empty(); }
  };
  using Nodes = std::vector<Node>;

  Node& node(PeerId peer, std::string_view nsp);
  Node* find(PeerId peer, std::string_view nsp);
  const Nodes* find(std::string_view nsp) const;
  template <class Test>
  bool any(std::string_view nsp, Test test) const;
  void drop_if_empty(PeerId peer, std::string_view nsp);

  std::map<std::string, Nodes, std::less<>> namespaces_;
};

}  // namespace pushgate::node
