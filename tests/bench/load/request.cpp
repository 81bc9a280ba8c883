// request.cpp - what a browser or an API client would send: the requests of the load.

#include "load/request.hpp"

#include <array>
#include <cstring>
#include <fstream>

#include <sys/socket.h>

#include "load/http_head.hpp"
#include "load/websocket.hpp"

namespace pushgate::bench {
namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";

std::string uid_cookies(unsigned connection) {
  return "theme=dark; uid=u" + std::to_string(1'000'003 + connection * 7'919) +
         "; session=8c1f0a2e6b7d4953";
}

std::string browser_fields(std::string_view cookies) {
  return "Host: app.example.com\r\n"
         "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/130.0.0.0 Safari/537.36\r\n"
         "Accept-Language: en-GB,en;q=0.9\r\n"
         "Accept-Encoding: gzip, deflate, br\r\n"
         "Cookie: " +
         std::string{cookies} + "\r\n";
}

void expect(bool condition, std::string_view what) {
  if (condition) return;
  errno = EPROTO;
  fail(what);
}

}  // namespace

CookieLines read_cookie_lines(const std::string& file) {
  CookieLines out;
  if (file.empty()) return out;
  std::ifstream lines{file};
  for (std::string line; std::getline(lines, line);) out.push_back(line);
  expect(!out.empty(), "the file of cookies is empty");
  return out;
}

void send_all(int fd, std::string_view bytes) {
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  expect(sent == static_cast<ssize_t>(bytes.size()), "send");
}

std::string http_request(std::string_view path, unsigned connection, const CookieLines& cookies) {
  const std::string fields = browser_fields(cookies.empty() ? uid_cookies(connection)
                                                            : cookies[connection % cookies.size()]);
  return "GET " + std::string{path} + " HTTP/1.1\r\n" + fields +
         "Accept: application/json, text/plain, */*\r\n\r\n";
}

std::string upgrade_request(unsigned connection, std::string_view target) {
  return "GET " + std::string{target} + " HTTP/1.1\r\n" + browser_fields(uid_cookies(connection)) +
         "Connection: Upgrade\r\n"
         "Upgrade: websocket\r\n"
         "Origin: https://app.example.com\r\n"
         "Sec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: " +
         std::string{kKey} + "\r\n\r\n";
}

std::size_t head_length(const char* bytes, std::size_t count) {
  const std::size_t at = std::string_view{bytes, count}.find(kHeadEnd);
  return at == std::string_view::npos ? 0 : at + kHeadEnd.size();
}

bool accepts_upgrade(std::string_view head) {
  static const std::string accept = accept_for(kKey);
  return head.starts_with("HTTP/1.1 101 ") && head.find(accept) != std::string_view::npos;
}

UniqueFd open_websocket(const sockaddr_in& to, unsigned connection) {
  UniqueFd fd = connect_from(to, connection);
  send_all(fd.get(), upgrade_request(connection));
  std::array<char, 4096> answer{};
  std::size_t length = 0;
  while (head_length(answer.data(), length) == 0) {
    const ssize_t got = ::recv(fd.get(), answer.data() + length, answer.size() - length, 0);
    expect(got > 0, "the proxy closed during the handshake");
    length += static_cast<std::size_t>(got);
  }
  const std::string_view head{answer.data(), length};
  expect(accepts_upgrade(head), "not answered with a 101 and its Sec-WebSocket-Accept");
  expect(head_length(answer.data(), length) == length, "bytes after the 101");
  return fd;
}

void check_one_echo(int fd, std::size_t size) {
  send_all(fd, make_frame(kBinaryFrame, size, true));
  const std::string wanted = make_frame(kBinaryFrame, size, false);
  std::string received(wanted.size(), '\0');
  const ssize_t got = ::recv(fd, received.data(), received.size(), MSG_WAITALL);
  expect(got == static_cast<ssize_t>(wanted.size()) && received == wanted, "the echo differs");
}

}  // namespace pushgate::bench
