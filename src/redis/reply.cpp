#include "pushgate/redis/reply.hpp"

namespace pushgate::redis {

std::string_view Reply::error_word() const noexcept {
  if (!is_error()) return {};
  const std::string_view whole = text;
  return whole.substr(0, whole.find(' '));
}

}  // namespace pushgate::redis
