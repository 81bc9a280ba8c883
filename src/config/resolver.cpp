// The system's name resolution as a Resolver.

#include <algorithm>
#include <memory>
#include <vector>

#include <netdb.h>
#include <sys/socket.h>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/config/load.hpp"

namespace pushgate::config {

namespace {

class ResolverCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "getaddrinfo"; }
  std::string message(int code) const override { return ::gai_strerror(code); }
};

Result<IpAddress> resolve_with_system(const std::string& host) {
  static const ResolverCategory category;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (code == EAI_SYSTEM) return last_system_error();
  if (code != 0) return ErrorCode{code, category};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};

  std::vector<IpAddress> addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (at->ai_family != AF_INET && at->ai_family != AF_INET6) continue;
    sockaddr_storage storage{};
    std::copy_n(reinterpret_cast<const char*>(at->ai_addr), at->ai_addrlen,
                reinterpret_cast<char*>(&storage));
    addresses.push_back(Endpoint::from_sockaddr(storage, at->ai_addrlen).address());
  }
  if (addresses.empty()) return ErrorCode{EAI_NONAME, category};
  return *std::min_element(addresses.begin(), addresses.end(), [](const auto& a, const auto& b) {
    return a.is_v4() != b.is_v4() ? a.is_v4() : a.bytes() < b.bytes();
  });
}

}  // namespace

Resolver system_resolver() { return resolve_with_system; }

}  // namespace pushgate::config
