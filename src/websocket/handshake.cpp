#include "pushgate/websocket/handshake.hpp"

#include <algorithm>
#include <memory>

#include <openssl/evp.h>

#include "pushgate/base/text.hpp"

namespace pushgate::websocket {

namespace {

constexpr std::size_t kKeyBytes = 24;  // sixteen bytes in base64, "==" at the end

bool is_base64(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

bool is_valid_key(std::string_view key) noexcept {
  if (key.size() != kKeyBytes || !key.ends_with("==")) return false;
  return std::ranges::all_of(key.substr(0, kKeyBytes - 2), is_base64);
}

/// Takes the next element off a comma-separated list, without what follows a ";".
std::string_view take_name(std::string_view& list) noexcept {
  const std::size_t comma = list.find(',');
  const std::string_view element = list.substr(0, comma);
  list = comma == list.npos ? std::string_view{} : list.substr(comma + 1);
  return trim(element.substr(0, element.find(';')));
}

bool contains_name(std::string_view list, std::string_view wanted, bool ignore_case) noexcept {
  while (!list.empty()) {
    const std::string_view name = take_name(list);
    if (name == wanted || (ignore_case && iequals(name, wanted))) return true;
  }
  return false;
}

/// Subprotocols are compared exactly, as RFC 6455 section 4.1 and the client's API do.
bool is_unasked_protocol(const HandshakeField& protocol, std::string_view offered) noexcept {
  if (protocol.count == 0) return false;
  return protocol.count > 1 || protocol.value.empty() ||
         !contains_name(offered, protocol.value, false);
}

bool has_unasked_extension(std::string_view answered, std::string_view offered) noexcept {
  while (!answered.empty()) {
    const std::string_view name = take_name(answered);
    if (!name.empty() && !contains_name(offered, name, true)) return true;
  }
  return false;
}

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

/// Contexts are kept: looking the algorithm up costs more than the two blocks to hash.
class Sha1 {
 public:
  Sha1() noexcept
      : algorithm_(EVP_MD_fetch(nullptr, "SHA1", nullptr)), context_(EVP_MD_CTX_new()) {}

  void digest(std::string_view text, Digest& out) noexcept {
    EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr);
    EVP_DigestUpdate(context_.get(), text.data(), text.size());
    EVP_DigestFinal_ex(context_.get(), out.data(), nullptr);
  }

 private:
  struct Free {
    void operator()(EVP_MD* algorithm) const noexcept { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD, Free> algorithm_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

std::uint16_t status_of(HandshakeError error) noexcept {
  switch (error) {
    case HandshakeError::none:
      return 101;
    case HandshakeError::bad_key:
      return 400;
    case HandshakeError::unsupported_version:
      return 426;
    default:
      return 502;
  }
}

std::string_view rule_of(HandshakeError error) noexcept {
  switch (error) {
    case HandshakeError::none:
      return "none";
    case HandshakeError::bad_key:
      return "bad_handshake";
    case HandshakeError::unsupported_version:
      return "upgrade_required";
    default:
      return "bad_upstream_response";
  }
}

std::string_view message_of(HandshakeError error) noexcept {
  switch (error) {
    case HandshakeError::none:
      return "no error";
    case HandshakeError::bad_key:
      return "Sec-WebSocket-Key is not one value of sixteen bytes in base64";
    case HandshakeError::unsupported_version:
      return "only WebSocket version 13 is spoken";
    case HandshakeError::bad_accept:
      return "the node's Sec-WebSocket-Accept does not answer the key";
    case HandshakeError::unasked_protocol:
      return "the node chose a subprotocol that was not offered";
    case HandshakeError::unasked_extension:
      return "the node chose an extension that was not offered";
  }
  return {};
}

HandshakeError check_client(const ClientHandshake& handshake) noexcept {
  if (handshake.version.count != 1 || handshake.version.value != kVersion) {
    return HandshakeError::unsupported_version;
  }
  const bool good_key = handshake.key.count == 1 && is_valid_key(handshake.key.value);
  return good_key ? HandshakeError::none : HandshakeError::bad_key;
}

HandshakeError check_server(const ServerHandshake& answer, const Offer& offer) noexcept {
  const AcceptValue expected = accept_for(offer.key);
  if (answer.accept.count != 1 ||
      answer.accept.value != std::string_view{expected.data(), expected.size()}) {
    return HandshakeError::bad_accept;
  }
  if (is_unasked_protocol(answer.protocol, offer.protocols)) {
    return HandshakeError::unasked_protocol;
  }
  if (has_unasked_extension(answer.extensions, offer.extensions)) {
    return HandshakeError::unasked_extension;
  }
  return HandshakeError::none;
}

AcceptValue accept_for(std::string_view key) noexcept {
  constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<char, kKeyBytes + kGuid.size()> input{};
  const std::size_t key_bytes = std::min(key.size(), kKeyBytes);
  std::copy_n(key.data(), key_bytes, input.data());
  std::copy(kGuid.begin(), kGuid.end(), input.data() + key_bytes);

  thread_local Sha1 sha1;
  Digest digest{};
  sha1.digest({input.data(), key_bytes + kGuid.size()}, digest);

  constexpr int kDigestBytes = 20;
  std::array<unsigned char, std::tuple_size_v<AcceptValue> + 1> text{};  // OpenSSL appends a NUL
  EVP_EncodeBlock(text.data(), digest.data(), kDigestBytes);
  AcceptValue accept{};
  std::copy_n(text.data(), accept.size(), accept.data());
  return accept;
}

}  // namespace pushgate::websocket
