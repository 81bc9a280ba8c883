#include "pushgate/config/redact.hpp"

#include <algorithm>
#include <array>

#include "pushgate/base/text.hpp"

namespace pushgate::config {

bool is_secret_key(std::string_view key) noexcept {
  constexpr std::array<std::string_view, 6> kSecret{"password",   "secret",     "token",
                                                    "privateKey", "passphrase", "keys"};
  return std::any_of(kSecret.begin(), kSecret.end(),
                     [key](std::string_view secret) { return iequals(secret, key); });
}

std::string redact(std::string_view secret) {
  return std::string{secret.empty() ? std::string_view{} : kRedacted};
}

}  // namespace pushgate::config
