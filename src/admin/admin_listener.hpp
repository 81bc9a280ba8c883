#pragma once
// admin_listener.hpp - the listening socket of the admin pages, and its file if it is a unix
// socket.

#include <sys/types.h>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/base/result.hpp"
#include "pushgate/base/unique_fd.hpp"

namespace pushgate::admin {

/// Removes a unix socket's file when it goes, unless another process has put its own there since.
class SocketFile {
 public:
  SocketFile() noexcept = default;
  explicit SocketFile(std::string path);
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&& other) noexcept;
  ~SocketFile() { remove(); }
  void remove() noexcept;

 private:
  std::string path_;
  ino_t inode_ = 0;
  dev_t device_ = 0;
};

struct AdminListener {
  UniqueFd fd;  ///< listening, non-blocking
  Endpoint bound;
  SocketFile file;
};

/// Opens the socket as AdminServer::open promises.
Result<AdminListener> open_admin_listener(const Endpoint& at);

}  // namespace pushgate::admin
