#pragma once
// backend.hpp - the server behind every proxy: bytes over HTTP, and a WebSocket echo.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/unique_fd.hpp"

#include "backend/response_cache.hpp"
#include "load/poller.hpp"

namespace pushgate::bench {

/// Serves `GET /bytes/N` with keep-alive and pipelining, and upgrades anything that carries a
/// Sec-WebSocket-Key, echoing its frames until a Close frame. As an authentication service it says
/// in X-User-Id what the cookie "uid" is (`/uid`), or never answers (`/hold`). Several ports, one
/// thread.
class Backend {
 public:
  explicit Backend(std::size_t ports);

  std::vector<std::uint16_t> ports() const;
  [[noreturn]] void run();

 private:
  struct Connection {
    UniqueFd fd;
    bool listening = false;
    bool websocket = false;
    bool closing = false;     ///< close as soon as `unsent` is out
    std::string unread;       ///< the beginning of a request or frame whose end has not come
    std::string_view unsent;  ///< views a cached response, or `stored`
    std::string stored;
  };

  void accept_all(Connection& listener);
  void serve(Connection& connection, unsigned events);
  bool receive(Connection& connection, bool ending);
  std::size_t consume(Connection& connection, std::string_view bytes);
  std::size_t consume_requests(Connection& connection, std::string_view bytes);
  std::size_t consume_frames(Connection& connection, std::string_view bytes);
  void answer(Connection& connection, std::string_view head);
  enum class Lifetime { of_the_call, of_the_program };
  void send_bytes(Connection& connection, std::string_view bytes, Lifetime lifetime);
  bool flush(Connection& connection);

  Poller poller_;
  ResponseCache responses_;
  std::vector<std::unique_ptr<Connection>> listeners_;
  std::string scratch_;
  std::string echo_;
};

}  // namespace pushgate::bench
