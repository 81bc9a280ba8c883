#pragma once
// splice_pipe.hpp - a kernel pipe through which bulk data passes from socket to socket uncopied.

#include <cstddef>
#include <memory>

#include "pushgate/base/unique_fd.hpp"

namespace pushgate::net {

/// The in-flight buffer of one direction (socket -> pipe -> socket). Costs two descriptors, so it
/// is borrowed from the thread's pool once a direction has shown that it is bulk, and given back,
/// empty, when that is over.
class SplicePipe {
 public:
  /// From the calling thread's pool, or new; nullptr if the kernel has no descriptors left (the
  /// caller then goes on copying).
  static std::unique_ptr<SplicePipe> borrow();
  /// Puts an empty pipe into the pool; one that still holds bytes is closed.
  static void give_back(std::unique_ptr<SplicePipe> pipe) noexcept;

  /// Moves up to `bytes` from a socket into the pipe, or from the pipe into a socket, without
  /// blocking. Returns what splice(2) does: the count, 0 at the end of the stream, or -1 and errno.
  long fill(int from_fd, std::size_t bytes) noexcept;
  long drain(int to_fd, bool more_follows) noexcept;

  std::size_t held_bytes() const noexcept { return held_; }

 private:
  SplicePipe() noexcept = default;
  static std::unique_ptr<SplicePipe> make();

  UniqueFd read_end_;
  UniqueFd write_end_;
  std::size_t held_ = 0;
};

}  // namespace pushgate::net
