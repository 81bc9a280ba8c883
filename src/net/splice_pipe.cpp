#include "pushgate/net/splice_pipe.hpp"

#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>

namespace pushgate::net {

namespace {

// Wishes: the kernel grants less to an unprivileged user with many pipes (pipe(7), /proc/sys/fs).
constexpr int kPipeBytes = 256 * 1024;
constexpr std::size_t kPooledPipes = 64;  // as many as bodies are in flight on a busy thread

std::vector<std::unique_ptr<SplicePipe>>& pool() {
  thread_local std::vector<std::unique_ptr<SplicePipe>> pipes;
  return pipes;
}

}  // namespace

std::unique_ptr<SplicePipe> SplicePipe::make() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return nullptr;
  std::unique_ptr<SplicePipe> pipe{new SplicePipe};
  pipe->read_end_.reset(ends[0]);
  pipe->write_end_.reset(ends[1]);
  // A refusal leaves the default size (64 KiB), which also works.
  static_cast<void>(::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes));
  return pipe;
}

std::unique_ptr<SplicePipe> SplicePipe::borrow() {
  if (pool().empty()) return make();
  std::unique_ptr<SplicePipe> pipe = std::move(pool().back());
  pool().pop_back();
  return pipe;
}

void SplicePipe::give_back(std::unique_ptr<SplicePipe> pipe) noexcept {
  if (pipe == nullptr || pipe->held_ > 0 || pool().size() >= kPooledPipes) return;
  pool().push_back(std::move(pipe));
}

long SplicePipe::fill(int from_fd, std::size_t bytes) noexcept {
  ssize_t moved = 0;
  do {
    moved = ::splice(from_fd, nullptr, write_end_.get(), nullptr, bytes,
                     SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  } while (moved < 0 && errno == EINTR);
  if (moved > 0) held_ += static_cast<std::size_t>(moved);
  return moved;
}

long SplicePipe::drain(int to_fd, bool more_follows) noexcept {
  const unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | (more_follows ? SPLICE_F_MORE : 0u);
  ssize_t moved = 0;
  do {
    moved = ::splice(read_end_.get(), nullptr, to_fd, nullptr, held_, flags);
  } while (moved < 0 && errno == EINTR);
  if (moved > 0) held_ -= static_cast<std::size_t>(moved);
  return moved;
}

}  // namespace pushgate::net
