#pragma once
// api_service.hpp - does what the API is asked for, through one node of the process.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "pushgate/node/bus/messages.hpp"

#include "node/api/api_command.hpp"
#include "node/api/api_routes.hpp"
#include "node/api/kept_together.hpp"

namespace pushgate::node {

class NodeCore;
class Push;

/// Called exactly once, on any thread. Not at all if the node stops meanwhile.
using ApiDone = std::function<void(ApiReply reply)>;

/// The parameters of a query, decoded.
using ApiParameters = std::map<std::string, std::string, std::less<>>;

/// Stateless. Any thread.
class ApiService {
 public:
  /// All nodes of the process are the same to it: what one publishes reaches all.
  ApiService(NodeCore& node, Push* push) noexcept : node_(node), push_(push) {}

  ApiLimits limits() const;
  /// Hands it to the io threads and the bus. `kept` expects what a log is to keep.
  ApiReply run(ApiCommand command, KeptTogether& kept) const;
  /// rooms, room, presence, user, message; `parameter` is the last segment of the path.
  void ask(ApiOperation operation, const std::string& parameter, const ApiParameters& query,
           ApiDone done) const;

 private:
  ApiReply publish(PublishWish wish, KeptTogether& kept) const;
  ApiReply push(PushWish wish) const;
  ApiReply disconnect(DisconnectWish wish) const;
  ApiReply change_membership(MembershipWish wish) const;

  void ask_rooms(const ApiParameters& query, ApiDone done) const;
  void ask_message(const std::string& id, ApiDone done) const;
  /// Asks all nodes for the sockets in a room.
  void fetch(const std::string& nsp, std::string room,
             std::function<ApiReply(const Answers&)> to_reply, ApiDone done) const;

  NodeCore& node_;
  Push* push_;
};

}  // namespace pushgate::node
