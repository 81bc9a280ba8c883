#include "node/session/http_compression.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <zlib.h>

#include "pushgate/base/text.hpp"

namespace pushgate::node {

namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window; 16: with the head of gzip
constexpr int kMemoryLevel = 8;       // zlib's default

/// "q=0", "q=0.", "q=0.000": not acceptable.
bool is_zero_weight(std::string_view parameter) noexcept {
  if (parameter.size() < 3 || !iequals(parameter.substr(0, 2), "q=")) return false;
  return parameter.find_first_not_of("0.", 2) == std::string_view::npos;
}

/// "gzip;q=0.5" or "*".
bool names_gzip(std::string_view coding) noexcept {
  const std::size_t semicolon = coding.find(';');
  const std::string_view name = trim(coding.substr(0, semicolon));
  if (!iequals(name, "gzip") && name != "*") return false;
  return semicolon == std::string_view::npos || !is_zero_weight(trim(coding.substr(semicolon + 1)));
}

std::string gzip(std::string_view text, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return {};
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  // zlib does not write to its input; its interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool complete = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(complete ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

}  // namespace

bool accepts_gzip(const http::RequestHead& head) noexcept {
  for (const http::Field& field : head.fields) {
    if (!iequals(field.name, "accept-encoding")) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::size_t comma = rest.find(',');
      if (names_gzip(rest.substr(0, comma))) return true;
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  return false;
}

void compress_reply(HttpReply& reply, const http::RequestHead& head,
                    const config::CompressionConfig& config) {
  if (!config.enabled || reply.body.size() < config.threshold || !accepts_gzip(head)) return;
  std::string compressed = gzip(reply.body, static_cast<int>(config.level));
  if (compressed.empty()) return;
  reply.body = std::move(compressed);
  reply.fields += "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n";
}

}  // namespace pushgate::node
