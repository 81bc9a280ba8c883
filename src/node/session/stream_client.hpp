#pragma once
// stream_client.hpp - clients that are no Socket.IO sessions: plain WebSockets and event streams.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "node/hub/room_hub.hpp"
#include "node/session/client_origin.hpp"

namespace pushgate::node {

class NodeSnapshot;
class NodeThread;

/// Owned by its thread's table.
class StreamClient {
 public:
  virtual ~StreamClient() = default;
  /// The node goes away, or an application disconnects it.
  virtual void close() = 0;
};

/// Its place in the rooms of the namespace "/".
class StreamSocket final : public HubSocket {
 public:
  StreamSocket(NodeThread& thread, StreamClient& client, Recipient& recipient,
               const ClientOrigin& origin);

  const ClientOrigin* who() const noexcept override { return &origin_; }
  std::string handshake_json() const override;
  std::string data_json() const override { return "{}"; }
  void disconnect(bool close) override;

 private:
  StreamClient& client_;
  const ClientOrigin& origin_;
};

/// The values of `room` in a query, decoded. What is wrong with one of them is said in `problem`,
/// which is otherwise left alone.
std::vector<std::string> rooms_of_query(std::string_view query, const NodeSnapshot& settings,
                                        const ClientOrigin& origin, std::string_view& problem);

/// Lets a socket into rooms. With `since`, the offset of the last event that its client has seen
/// ("0": none), it first gets what those with a history have had after it. If that is not kept, the
/// client is told by the event `history`: {"recovered":false,"reason":...,"offset":...}.
void enter_rooms(NodeThread& thread, HubSocket& socket, const std::vector<std::string>& rooms,
                 const std::string& since);

/// The rooms that the socket is in and may publish to.
std::vector<std::string> may_publish_to(const HubSocket& socket, const NodeSnapshot& settings,
                                        const ClientOrigin& origin);

}  // namespace pushgate::node
