#pragma once
// client_socket.hpp - a client in a namespace: what event handlers see and act upon.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/result.hpp"
#include "pushgate/config/node_config.hpp"
#include "pushgate/node/packet.hpp"
#include "pushgate/node/transport/close_reason.hpp"
#include "pushgate/runtime/pooled.hpp"

#include "node/hub/room_hub.hpp"
#include "node/session/client_origin.hpp"

namespace pushgate::node {

class EngineSession;
class NodeThread;

/// Why a client may not have what it asks for.
enum class RoomRefusal : std::uint8_t {
  none,
  bad_name,   ///< empty, too long, not UTF-8, or with control characters
  reserved,   ///< the room of a socket or of a user
  forbidden,  ///< the room's rule does not let this client
  too_many,   ///< it is in maxRoomsPerSocket rooms
};
std::string_view name_of(RoomRefusal refusal) noexcept;

/// Rooms of users: all sockets of a uid are in `user:<uid>`.
inline constexpr std::string_view kUserRoomPrefix = "user:";
std::string user_room(std::string_view uid);

/// May a client choose this name at all?
RoomRefusal check_room_name(std::string_view room) noexcept;

/// What the rule of a room says about a client.
bool access_allows(config::RoomAccess access, const ClientOrigin& origin) noexcept;

class ClientSocket final : public HubSocket, public runtime::Pooled {
 public:
  ClientSocket(NodeThread& thread, EngineSession& session, NamespaceHub& hub, const SessionId& id,
               std::string auth);
  ~ClientSocket() override;

  const ClientOrigin& origin() const noexcept;
  const ClientOrigin* who() const noexcept override { return &origin(); }
  const std::string& nsp() const noexcept { return hub().name(); }
  /// The JSON object of the CONNECT packet; "{}" if there was none.
  std::string_view auth() const noexcept { return auth_.empty() ? "{}" : std::string_view{auth_}; }
  /// What the application attached to the socket, as JSON.
  const std::string& data() const noexcept { return data_; }
  void set_data(std::string json);
  NodeThread& thread() const noexcept { return thread_; }

  /// Sends an event to this client only: `["event",args...]`.
  void emit(std::string_view data, std::vector<std::string> attachments = {});
  /// Answers an event that came with this id: `[args...]`.
  void acknowledge(std::uint64_t ack_id, std::string_view data,
                   std::vector<std::string> attachments = {});

  /// The same in the form that the node's own events have: {"ok":true}, or
  /// {"ok":false,"error":...}.
  void accept(std::uint64_t ack_id);
  void refuse(std::uint64_t ack_id, std::string_view error);

  /// By the wish of the client: the rules decide.
  RoomRefusal may_join(std::string_view room) const;
  RoomRefusal join_as_client(std::string_view room);
  RoomRefusal may_publish(std::string_view room) const;
  bool leave(std::string_view room) { return hub().leave(*this, room); }
  /// Publishes an event to rooms of this namespace, on every node; not to this socket. With an ack
  /// id the client is told when the event is where it is to be kept.
  void publish(BroadcastOptions options, std::string_view data,
               std::vector<std::string> attachments = {}, std::optional<std::uint64_t> ack_id = {});

  std::string handshake_json() const override;
  std::string data_json() const override { return data_.empty() ? "{}" : data_; }
  void disconnect(bool close) override;
  void give_way(std::string_view owner) override;

  // ---- connection state recovery
  const std::string& private_id() const noexcept { return private_id_; }
  void set_private_id(std::string id) { private_id_ = std::move(id); }
  /// Where the log ended when the session began; empty if unknown.
  const std::string& started_at() const noexcept { return started_at_; }
  void set_started_at(std::string offset) { started_at_ = std::move(offset); }
  /// Of use to the SessionKeeper.
  struct Keeping {
    std::string owner{};      ///< this object's name as the owner of the stored session
    bool is_changed = false;  ///< to be saved at the end of the turn
    bool is_renewed = false;  ///< will be saved again in time
    bool has_ended = false;
  };
  Keeping& keeping() noexcept { return keeping_; }
  const Keeping& keeping() const noexcept { return keeping_; }

 private:
  std::function<void(ErrorCode)> acknowledge_when_kept(std::uint64_t ack_id);
  void on_rooms_changed() override;

  NodeThread& thread_;
  EngineSession& session_;
  std::string auth_;
  std::string data_;
  std::string private_id_;
  std::string started_at_;
  Keeping keeping_;
};

}  // namespace pushgate::node
