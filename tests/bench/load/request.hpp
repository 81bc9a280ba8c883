#pragma once
// request.hpp - what a browser or an API client would send: the requests of the load.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/unique_fd.hpp"

#include "load/socket.hpp"

namespace pushgate::bench {

/// What connection i sends as its Cookie is line i; behind the last the first comes again.
using CookieLines = std::vector<std::string>;

/// The lines of a file; none if it has no name.
CookieLines read_cookie_lines(const std::string& file);

/// A GET with the fields of a browser, about 400 bytes. Without `cookies`, every connection has its
/// own uid between two other cookies, so that finding and hashing it is part of the work.
std::string http_request(std::string_view path, unsigned connection, const CookieLines& cookies);

/// On a socket that blocks.
void send_all(int fd, std::string_view bytes);

/// A WebSocket handshake of the same user.
std::string upgrade_request(unsigned connection, std::string_view target = "/ws");

/// Is this head a 101 with the Sec-WebSocket-Accept that fits upgrade_request()?
bool accepts_upgrade(std::string_view head);

/// The length of the complete head at the beginning of `bytes`, or 0.
std::size_t head_length(const char* bytes, std::size_t count);

/// Connects, upgrades, and checks the 101 with its Sec-WebSocket-Accept. Waits.
UniqueFd open_websocket(const sockaddr_in& to, unsigned connection);

/// One echo of `size` payload bytes whose content is checked, on a socket that blocks.
void check_one_echo(int fd, std::size_t size);

}  // namespace pushgate::bench
