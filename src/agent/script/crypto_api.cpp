// pushgate.sha256 and pushgate.hmac, by OpenSSL.

#include <array>
#include <string>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "agent/script/api.hpp"
#include "agent/script/sandbox.hpp"
#include "agent/script/script_state.hpp"

namespace pushgate::agent {

namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

/// As hexadecimal digits, or as bytes if argument `raw` is true.
int push_digest(lua_State* lua, const Digest& digest, std::size_t size, int raw) {
  if (lua_toboolean(lua, raw) != 0) {
    push(lua, {reinterpret_cast<const char*>(digest.data()), size});
    return 1;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned byte = digest.at(i);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  push(lua, text);
  return 1;
}

/// sha256(text[, raw])
int sha256(lua_State* lua) {
  const std::string_view text = check_text(lua, 1);
  ScriptState::charge(lua, 50 + text.size() / 8);
  Digest digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    return luaL_error(lua, "OpenSSL has no SHA-256");
  }
  return push_digest(lua, digest, size, 2);
}

const EVP_MD* algorithm_of(std::string_view name) {
  if (name == "sha256") return EVP_sha256();
  if (name == "sha384") return EVP_sha384();
  if (name == "sha512") return EVP_sha512();
  if (name == "sha1") return EVP_sha1();
  return nullptr;
}

/// hmac(algorithm, key, text[, raw])
int hmac(lua_State* lua) {
  const EVP_MD* const algorithm = algorithm_of(check_text(lua, 1));
  luaL_argcheck(lua, algorithm != nullptr, 1, "\"sha256\", \"sha384\", \"sha512\" or \"sha1\"");
  const std::string_view key = check_text(lua, 2);
  const std::string_view text = check_text(lua, 3);
  ScriptState::charge(lua, 100 + (key.size() + text.size()) / 8);
  luaL_argcheck(lua, key.size() <= 65'536, 2, "longer than 64 KiB");
  Digest digest{};
  unsigned size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(algorithm, key.data(), static_cast<int>(key.size()), bytes, text.size(), digest.data(),
           &size) == nullptr) {
    return luaL_error(lua, "OpenSSL cannot compute this HMAC");
  }
  return push_digest(lua, digest, size, 4);
}

}  // namespace

void add_crypto_api(lua_State* lua) {
  set_function(lua, "sha256", sha256);
  set_function(lua, "hmac", hmac);
}

}  // namespace pushgate::agent
