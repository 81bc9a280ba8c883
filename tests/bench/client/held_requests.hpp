#pragma once
// held_requests.hpp - requests that wait for an answer while others are measured.

#include <vector>

#include <netinet/in.h>

#include "pushgate/base/unique_fd.hpp"

#include "load/request.hpp"

namespace pushgate::bench {

/// Sends `GET /slow` on connections of their own, as users `first_user` and following, and reads
/// nothing.
class HeldRequests {
 public:
  HeldRequests(const sockaddr_in& target, unsigned count, unsigned first_user,
               const CookieLines& cookies);

  /// Ends the program if one of them has been answered or closed: then they did not all wait.
  void check() const;

 private:
  std::vector<UniqueFd> connections_;
};

}  // namespace pushgate::bench
