#pragma once
// splice_pipe.hpp - the kernel pipe through which bytes go from socket to socket without a copy.

#include <cstddef>

#include <fcntl.h>

#include "pushgate/base/unique_fd.hpp"

#include "load/socket.hpp"

namespace pushgate::bench {

class SplicePipe {
 public:
  static constexpr int kWishedBytes = 256 * 1024;

  SplicePipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) fail("pipe2");
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
    // A wish: the kernel may refuse it to an unprivileged user who holds many pipes.
    (void)::fcntl(ends[1], F_SETPIPE_SZ, kWishedBytes);
  }

  int read_end() const noexcept { return read_end_.get(); }
  int write_end() const noexcept { return write_end_.get(); }

  std::size_t held_bytes = 0;

 private:
  UniqueFd read_end_;
  UniqueFd write_end_;
};

}  // namespace pushgate::bench
