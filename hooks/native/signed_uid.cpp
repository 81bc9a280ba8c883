// signed_uid.cpp - a source of identities as a shared object: a cookie "uid=NAME.SIGNATURE", where
// the signature is HMAC-SHA256 of NAME in lower-case hexadecimal.
//
// Built with pushgate's own build (target signed_uid), or by hand with the headers of the pushgate
// that will load it:
//   g++ -std=c++20 -O2 -fPIC -shared -I include -o signed_uid.so hooks/native/signed_uid.cpp
//   -lcrypto
// and named in pushgate.json:
//   "identity": { "uid": [ { "native": { "file": "signed_uid.so", "options": "${UID_SECRET}" } } ]
//   }

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "pushgate/agent/identity/native_plugin.hpp"

namespace {

using pushgate::agent::IdentitySource;
using pushgate::agent::RequestView;
using pushgate::agent::SourceValue;

constexpr std::string_view kCookie = "uid=";
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kSignatureChars = 2 * kDigestBytes;

/// The value of the cookie "uid"; nullopt without one. Views into the request.
std::optional<std::string_view> cookie_of(const RequestView& request) {
  for (const pushgate::http::Field& field : request.head.fields) {
    if (field.id != pushgate::http::FieldId::cookie) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::string_view pair = rest.substr(0, rest.find(';'));
      if (pair.starts_with(kCookie)) return pair.substr(kCookie.size());
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      while (rest.starts_with(' ')) rest.remove_prefix(1);
    }
  }
  return std::nullopt;
}

class SignedUid final : public IdentitySource {
 public:
  explicit SignedUid(std::string_view secret) : secret_(secret) {}

  // Called on every io thread at once: it changes nothing.
  SourceValue look(const RequestView& request) const override {
    const std::optional<std::string_view> cookie = cookie_of(request);
    if (!cookie) return {};  // the next source is asked
    const std::size_t dot = cookie->rfind('.');
    if (dot == std::string_view::npos ||
        !is_signed(cookie->substr(0, dot), cookie->substr(dot + 1))) {
      return SourceValue::refused({403, "invalid_signature", "The cookie's signature is wrong."});
    }
    return SourceValue::found(std::string{cookie->substr(0, dot)});
  }
  std::string describe() const override { return "signed cookie \"uid\""; }

 private:
  bool is_signed(std::string_view name, std::string_view signature) const {
    if (signature.size() != kSignatureChars) return false;
    std::array<unsigned char, kDigestBytes> digest{};
    unsigned size = 0;
    ::HMAC(::EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
           reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest.data(), &size);
    std::array<char, kSignatureChars> expected{};
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = 0; i < digest.size(); ++i) {
      expected[2 * i] = kDigits[digest[i] >> 4U];
      expected[2 * i + 1] = kDigits[digest[i] & 15U];
    }
    // Takes the same time however much of it is right.
    return ::CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
  }

  std::string secret_;
};

const IdentitySource* make_signed_uid(std::string_view options, std::string& fault) {
  if (options.size() < kDigestBytes) {
    fault = "the secret in \"options\" has fewer than 32 bytes";
    return nullptr;
  }
  return std::make_unique<const SignedUid>(options).release();
}

}  // namespace

PUSHGATE_NATIVE_SOURCE(&make_signed_uid)
