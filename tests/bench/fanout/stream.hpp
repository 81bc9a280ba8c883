#pragma once
// stream.hpp - the frames that a server sends on one WebSocket.

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include "pushgate/base/unique_fd.hpp"

#include "load/websocket.hpp"

namespace pushgate::bench {

struct Stream {
  UniqueFd fd;
  std::string carry;  ///< the beginning of a frame whose end has not come
};

/// Calls `take(opcode, payload)` for each whole frame in `bytes`, and returns how many bytes those
/// frames had. A Close frame ends nothing here: the end of the connection follows it.
template <class Take>
std::size_t take_frames(std::string_view bytes, const Take& take) {
  std::size_t used = 0;
  for (;;) {
    const std::string_view rest = bytes.substr(used);
    const FrameHead head = read_frame_head(rest);
    const auto length = static_cast<std::size_t>(head.payload_bytes);
    if (!head.whole || rest.size() < head.head_bytes + length) return used;
    take(head.opcode, rest.substr(head.head_bytes, length));
    used += head.head_bytes + length;
  }
}

/// Receives all there is. A read shorter than asked for has emptied the socket. False: the
/// connection has ended.
template <class Take>
bool receive_frames(Stream& stream, std::string& scratch, const Take& take) {
  for (;;) {
    const std::size_t kept = stream.carry.size();
    std::memcpy(scratch.data(), stream.carry.data(), kept);
    const std::size_t room = scratch.size() - kept;
    const ssize_t got = ::recv(stream.fd.get(), scratch.data() + kept, room, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    const std::string_view bytes{scratch.data(), kept + static_cast<std::size_t>(got)};
    const std::size_t used = take_frames(bytes, take);
    stream.carry.assign(bytes.substr(used));
    if (static_cast<std::size_t>(got) < room) return true;
  }
}

/// Sends what the socket takes and keeps the rest in `unsent`. False: the connection is broken.
inline bool send_some(int fd, std::string& unsent) {
  if (unsent.empty()) return true;
  const ssize_t sent = ::send(fd, unsent.data(), unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return errno == EAGAIN || errno == EINTR;
  unsent.erase(0, static_cast<std::size_t>(sent));
  return true;
}

}  // namespace pushgate::bench
