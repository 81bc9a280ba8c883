#pragma once
// lingering.hpp - connections that are being closed so that the peer can read the last bytes.

#include <chrono>
#include <cstddef>
#include <memory>

#include <boost/intrusive/list.hpp>

#include "pushgate/net/socket.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::net {

/// A socket that is closed with unread input answers with a reset, and a reset takes from the peer
/// what it has not read yet. So first our direction is closed, then, once the peer has closed its
/// own or a little time has passed, the whole socket; what comes meanwhile is discarded.
///
/// One io thread. Whatever is left when this is destroyed is closed at once.
class LingeringSockets {
 public:
  static constexpr std::chrono::seconds kAtMost{2};
  static constexpr std::size_t kMostBytes = 256 * 1024;  ///< discarded from one socket

  explicit LingeringSockets(runtime::Reactor& reactor);
  LingeringSockets(const LingeringSockets&) = delete;
  LingeringSockets& operator=(const LingeringSockets&) = delete;
  ~LingeringSockets();

  /// Takes a socket that is attached to the reactor.
  void add(Socket socket);
  std::size_t size() const noexcept { return size_; }
  void close_all() noexcept;

 private:
  class One;
  using List = boost::intrusive::list<One, boost::intrusive::constant_time_size<false>>;

  runtime::Reactor& reactor_;
  std::unique_ptr<List> sockets_;
  std::size_t size_ = 0;
};

}  // namespace pushgate::net
