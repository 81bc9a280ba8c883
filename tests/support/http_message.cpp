#include "support/http_message.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>

#include <strings.h>

namespace pushgate::test {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

HttpMessage read_head(RawStream& from) {
  HttpMessage message;
  message.head = from.read_until("\r\n\r\n");
  std::string_view rest = message.head;
  bool first = true;
  while (rest != "\r\n") {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (std::exchange(first, false)) {
      message.start_line = line;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos) throw StreamError("not a header line: " + std::string{line});
    const std::size_t value = std::min(line.find_first_not_of(' ', colon + 1), line.size());
    message.fields.emplace_back(line.substr(0, colon), line.substr(value));
  }
  return message;
}

void read_chunks(RawStream& from, HttpMessage& message) {
  for (;;) {
    const std::string line = from.read_until("\r\n");
    const std::size_t size = std::strtoull(line.c_str(), nullptr, 16);
    if (size == 0) break;
    message.body += from.read_exactly(size);
    if (from.read_exactly(2) != "\r\n") throw StreamError("a chunk without its line end");
  }
  for (std::string line = from.read_until("\r\n"); line != "\r\n"; line = from.read_until("\r\n")) {
    message.trailers += line;
  }
}

/// False if the message does not say how long its body is.
bool read_framed_body(RawStream& from, HttpMessage& message) {
  if (same_name(message.field("Transfer-Encoding"), "chunked")) {
    message.was_chunked = true;
    read_chunks(from, message);
    return true;
  }
  if (!message.has("Content-Length")) return false;
  message.body = from.read_exactly(std::stoull(message.field("Content-Length")));
  return true;
}

}  // namespace

int HttpMessage::status() const { return std::stoi(start_line.substr(start_line.find(' ') + 1)); }

std::string HttpMessage::field(std::string_view name) const {
  const auto found =
      std::ranges::find_if(fields, [&](const auto& field) { return same_name(field.first, name); });
  return found == fields.end() ? std::string{} : found->second;
}

std::size_t HttpMessage::count(std::string_view name) const {
  const auto same = [&](const auto& field) { return same_name(field.first, name); };
  return static_cast<std::size_t>(std::ranges::count_if(fields, same));
}

HttpMessage read_request_head(RawStream& from) { return read_head(from); }

HttpMessage read_request(RawStream& from) {
  HttpMessage message = read_head(from);
  read_framed_body(from, message);
  return message;
}

HttpMessage read_response(RawStream& from) {
  HttpMessage message = read_head(from);
  if (!read_framed_body(from, message)) message.body = from.read_to_end();
  return message;
}

HttpMessage read_bodiless_response(RawStream& from) { return read_head(from); }

HttpMessage ask(RawStream& client, std::string_view request) {
  client.send(request);
  return read_response(client);
}

std::string get(std::string_view target, std::string_view fields) {
  return "GET " + std::string{target} + " HTTP/1.1\r\nHost: app.test\r\n" + std::string{fields} +
         "\r\n";
}

std::string ok(std::string_view body, std::string_view fields) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string{fields} + "\r\n" + std::string{body};
}

std::string chunked(std::string_view body, std::size_t chunk, std::string_view trailers) {
  std::string out;
  while (!body.empty()) {
    const std::string_view piece = body.substr(0, chunk);
    char size[16];
    const auto written = std::to_chars(size, size + sizeof size, piece.size(), 16);
    out.append(size, written.ptr).append("\r\n").append(piece).append("\r\n");
    body.remove_prefix(piece.size());
  }
  return out + "0\r\n" + std::string{trailers} + "\r\n";
}

std::string patterned(std::size_t size) {
  // The period is a prime beyond every buffer size: bytes that were lost, doubled or swapped show.
  constexpr std::size_t kPeriod = 65'537;
  std::string bytes(std::min(size, kPeriod), '\0');
  std::uint32_t state = 2463534242u;  // xorshift32 (Marsaglia 2003)
  for (char& byte : bytes) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    byte = static_cast<char>(state >> 24);
  }
  bytes.reserve(size);
  while (bytes.size() < size) {
    bytes.append(bytes.substr(0, std::min(kPeriod, size - bytes.size())));
  }
  return bytes;
}

}  // namespace pushgate::test
