#include "sentinel_replies.hpp"

#include <array>
#include <charconv>

namespace pushgate::redis {

namespace {

std::optional<ServerAddress> make_address(std::string_view host, std::string_view port) {
  ServerAddress address{std::string{host}, 0, {}};
  const char* const end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data(), end, address.port);
  if (host.empty() || error != std::errc{} || stop != end || address.port == 0) return std::nullopt;
  return address;
}

}  // namespace

std::optional<ServerAddress> master_address(const Reply& reply) {
  if (!reply.is_array() || reply.elements.size() != 2) return std::nullopt;
  return make_address(reply.elements[0].text, reply.elements[1].text);
}

std::optional<ServerAddress> switched_master(std::string_view payload, std::string_view name) {
  // A master's name has no spaces; sentinels do not accept one that has.
  std::array<std::string_view, 5> words;
  for (std::string_view& word : words) {
    const std::size_t end = payload.find(' ');
    word = payload.substr(0, end);
    payload.remove_prefix(end == std::string_view::npos ? payload.size() : end + 1);
  }
  if (words[0] != name || !payload.empty()) return std::nullopt;
  return make_address(words[3], words[4]);
}

}  // namespace pushgate::redis
