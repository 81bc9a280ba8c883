#pragma once
// token_maker.hpp - tokens with whatever header and payload a test wants, signed with HMAC-SHA256.

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "pushgate/base/base64.hpp"

#include "agent/token/token_vectors.hpp"

namespace pushgate::agent {

inline std::string base64url(std::string_view bytes) {
  std::string text(base64url_size(bytes.size()), '?');
  write_base64url(text.data(), bytes);
  return text;
}

inline std::string from_base64url(std::string_view text) {
  std::string bytes(text.size() * 3 / 4, '\0');
  if (!read_base64url(bytes.data(), text)) throw std::invalid_argument("no base64url");
  return bytes;
}

/// `text` (encoded header and payload) with its signature.
inline std::string sign_text(const std::string& text, std::string_view secret = kSecret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned bytes = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &bytes);
  return text + '.' + base64url({reinterpret_cast<const char*>(mac.data()), bytes});
}

inline std::string make_token(std::string_view header, std::string_view payload,
                              std::string_view secret = kSecret) {
  return sign_text(base64url(header) + '.' + base64url(payload), secret);
}

/// With a usual header.
inline std::string token_of(std::string_view payload, std::string_view secret = kSecret) {
  return make_token(R"({"alg":"HS256","typ":"JWT"})", payload, secret);
}

}  // namespace pushgate::agent
