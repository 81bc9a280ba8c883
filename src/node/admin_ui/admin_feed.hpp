#pragma once
// admin_feed.hpp - what Socket.IO's admin UI is shown of one io thread, and of a node.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/envelope.hpp"
#include "pushgate/node/event_observer.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::node {

class HubSocket;
class NodeThread;

/// The node's counters at one moment; what has happened is the difference of two.
struct AdminCounts {
  std::uint64_t opened = 0;
  std::uint64_t live = 0;
  std::uint64_t polling = 0;
  std::uint64_t packets_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

/// One for each io thread while the admin UI is on. The first thread's sends `server_stats` of the
/// whole node every two seconds. With `development` each tells of its sockets one by one, as long
/// as the node has no more than kMaxDetailed of them: above, the UI would not keep up.
class AdminFeed final : public EventObserver, private runtime::TimerNode {
 public:
  static constexpr std::size_t kMaxDetailed = 1000;

  AdminFeed(NodeThread& thread, bool development);
  ~AdminFeed() override;

  /// On the io thread.
  void start();

  void on_connect(const SocketFacts& socket) override;
  void on_disconnect(const SocketFacts& socket, std::string_view reason) override;
  void on_join(const SocketFacts& socket, std::string_view room) override;
  void on_leave(const SocketFacts& socket, std::string_view room) override;
  void on_event(const SocketFacts& socket, std::string_view data, std::size_t attachments) override;

 private:
  void on_timer(TimePoint now) override;
  bool tells(const SocketFacts& socket) const;
  /// Sends at the next turn: an observer may not touch the node.
  void tell(std::string data);

  NodeThread& thread_;
  bool development_;
  AdminCounts last_;
  std::vector<std::string> waiting_;
};

/// {"id":...,"clientId":...,"transport":...,"nsp":...,"data":...,"handshake":...,"rooms":[...]}.
/// The id of the client is that of its socket: the Engine.IO id is a secret.
std::string admin_socket(std::string_view nsp, const RemoteSocket& socket,
                         std::string_view transport);
/// An event for everybody in "/admin".
Envelope admin_envelope(std::string data);
/// May sockets of a node be shown one by one?
bool shows_sockets(NodeThread& thread);

}  // namespace pushgate::node
