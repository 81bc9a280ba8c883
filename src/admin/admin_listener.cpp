// admin_listener.cpp - the listening socket of the admin pages, and its file if it is a unix
// socket.

#include "admin/admin_listener.hpp"

#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace pushgate::admin {

namespace {

constexpr int kBacklog = 128;
constexpr mode_t kSocketMode = 0600;

ErrorCode in_use() { return {EADDRINUSE, boost::system::system_category()}; }

// A socket file outlives a process that was killed. If nobody accepts there, it is such a leftover.
ErrorCode remove_stale_file(const Endpoint& at) {
  struct stat status {};
  if (::lstat(at.path().c_str(), &status) != 0) {
    return errno == ENOENT ? ErrorCode{} : last_system_error();
  }
  if (!S_ISSOCK(status.st_mode)) return in_use();  // somebody's file: not ours to remove

  const UniqueFd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!probe) return last_system_error();
  sockaddr_storage address{};
  const socklen_t length = at.to_sockaddr(address);
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0) {
    return in_use();
  }
  if (errno != ECONNREFUSED) return in_use();  // EAGAIN: its backlog is full, so it lives
  return ::unlink(at.path().c_str()) == 0 ? ErrorCode{} : last_system_error();
}

ErrorCode set_options(int fd, const Endpoint& at) {
  // On Linux the file that bind(2) makes takes its mode from the socket's inode, so it is never
  // open to others, not even for the moment between bind and chmod.
  if (at.is_unix()) return ::fchmod(fd, kSocketMode) == 0 ? ErrorCode{} : last_system_error();
  const int on = 1;
  const int reuse = ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return reuse == 0 ? ErrorCode{} : last_system_error();
}

Result<Endpoint> bound_endpoint(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return last_system_error();
  }
  return Endpoint::from_sockaddr(address, length);
}

}  // namespace

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) != 0) {
    path_.clear();
    return;
  }
  inode_ = status.st_ino;
  device_ = status.st_dev;
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), inode_(other.inode_), device_(other.device_) {}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
  remove();
  path_ = std::exchange(other.path_, {});
  inode_ = other.inode_;
  device_ = other.device_;
  return *this;
}

void SocketFile::remove() noexcept {
  const std::string path = std::exchange(path_, {});
  struct stat status {};
  if (path.empty() || ::lstat(path.c_str(), &status) != 0) return;
  if (status.st_ino == inode_ && status.st_dev == device_) ::unlink(path.c_str());
}

Result<AdminListener> open_admin_listener(const Endpoint& at) {
  if (at.is_unix()) {
    if (const ErrorCode ec = remove_stale_file(at)) return ec;
  }
  AdminListener listener;
  listener.fd.reset(::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.fd) return last_system_error();
  const int fd = listener.fd.get();
  if (const ErrorCode ec = set_options(fd, at)) return ec;

  sockaddr_storage address{};
  const socklen_t length = at.to_sockaddr(address);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    return last_system_error();
  }
  if (at.is_unix()) listener.file = SocketFile{at.path()};
  if (::listen(fd, kBacklog) != 0) return last_system_error();

  const Result<Endpoint> bound = at.is_unix() ? Result<Endpoint>{at} : bound_endpoint(fd);
  if (!bound) return bound.error();
  listener.bound = *bound;
  return listener;
}

}  // namespace pushgate::admin
