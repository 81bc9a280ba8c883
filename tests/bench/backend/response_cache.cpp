// response_cache.cpp - the answers of the back end, built once per size and date.

#include "backend/response_cache.hpp"

#include <array>

namespace pushgate::bench {
namespace {

constexpr std::string_view kBeforeDate = "HTTP/1.1 200 OK\r\nServer: bench-backend/1.0\r\nDate: ";
constexpr std::size_t kDateBytes = 29;

std::time_t now_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec;
}

std::string date_text(std::time_t at) {
  std::tm utc{};
  ::gmtime_r(&at, &utc);
  std::array<char, 40> text{};
  const std::size_t length =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), length};
}

}  // namespace

std::string_view ResponseCache::response(std::size_t body_bytes) {
  refresh_date();
  for (const Entry& entry : entries_) {
    if (entry.body_bytes == body_bytes) return entry.bytes;
  }
  std::string bytes{kBeforeDate};
  bytes += date_text(date_of_);
  bytes += "\r\nContent-Type: application/octet-stream\r\nContent-Length: ";
  bytes += std::to_string(body_bytes);
  bytes +=
      "\r\nCache-Control: no-store\r\nVary: Accept-Encoding\r\nX-Content-Type-Options: nosniff\r\n"
      "Connection: keep-alive\r\n\r\n";
  bytes.append(body_bytes, 'x');
  entries_.push_back({body_bytes, std::move(bytes)});
  return entries_.back().bytes;
}

void ResponseCache::refresh_date() {
  const std::time_t now = now_seconds();
  if (now == date_of_) return;
  date_of_ = now;
  const std::string text = date_text(now);
  for (Entry& entry : entries_) entry.bytes.replace(kBeforeDate.size(), kDateBytes, text);
}

}  // namespace pushgate::bench
