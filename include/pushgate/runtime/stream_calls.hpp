#pragma once
// stream_calls.hpp - recv and send on a non-blocking stream socket, as the kernel has them, but
// begun again when a signal has interrupted them.

#include <cstddef>
#include <string_view>

#include <sys/socket.h>
#include <sys/types.h>

namespace pushgate::runtime {

/// recv(2) without flags.
ssize_t receive_bytes(int fd, char* data, std::size_t size) noexcept;
/// send(2) without a signal if the peer is gone.
ssize_t send_bytes(int fd, std::string_view data) noexcept;

}  // namespace pushgate::runtime
