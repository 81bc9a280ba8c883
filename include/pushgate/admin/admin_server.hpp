#pragma once
// admin_server.hpp - the listener for health checks, metrics and status pages.

#include <cstddef>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "pushgate/admin/admin_pages.hpp"
#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/result.hpp"
#include "pushgate/runtime/log.hpp"

namespace pushgate::admin {

/// Serves AdminPages over HTTP/1.1 on the control thread. It keeps answering through a drain, so
/// that the balancer sees /readyz fail, and is stopped last.
///
/// At most kMaxConnections at a time: one more is answered 503 and closed. A connection has
/// kRequestTimeout to send a whole request, or to be idle between two, and to take the answer.
/// A request with a body is refused with 413.
class AdminServer {
 public:
  static constexpr std::size_t kMaxConnections = 64;

  /// Listens at once. A unix socket gets mode 0600; a socket file that nobody listens on any more
  /// is replaced, one that somebody listens on is address_in_use.
  static Result<std::unique_ptr<AdminServer>> open(boost::asio::io_context& control,
                                                   const Endpoint& at, AdminPages pages,
                                                   runtime::Log& log);
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;
  /// Closes the listener and removes its socket file. Connections that are left end with
  /// `control`'s next run; they no longer reach the pages' owner.
  ~AdminServer();

  /// Where it listens: with the port that the kernel chose, if port 0 was asked for.
  const Endpoint& bound() const noexcept;
  std::size_t connections() const noexcept;

  /// Closes the listener, cancels the connections and returns when they are gone.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  explicit AdminServer(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace pushgate::admin
