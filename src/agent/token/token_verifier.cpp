#include "agent/token/token_verifier.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "pushgate/base/base64.hpp"

#include "agent/token/jose_header.hpp"
#include "agent/token/signature_check.hpp"
#include "agent/token/token_claims.hpp"
#include "agent/token/token_key.hpp"

namespace pushgate::agent {

namespace {

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  ///< header and payload with the dot between them
};

/// What the keys can do for tokens with this header.
struct Prepared {
  TokenFault fault = TokenFault::none;
  Algorithm algorithm = Algorithm::hs256;
  std::array<std::uint16_t, TokenVerifier::kMaxTries> keys{};
  std::size_t key_count = 0;
};

TokenVerdict refused(TokenFault fault) {
  TokenVerdict verdict;
  verdict.fault = fault;
  return verdict;
}

TokenFault split(std::string_view token, Parts& parts) noexcept {
  if (token.size() > TokenVerifier::kMaxTokenBytes) return TokenFault::too_large;
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    const bool five_parts = std::count(token.begin(), token.end(), '.') == 4;
    return five_parts ? TokenFault::encrypted : TokenFault::bad_form;
  }
  parts.header = token.substr(0, first);
  parts.payload = token.substr(first + 1, second - first - 1);
  parts.signature = token.substr(second + 1);
  parts.signed_text = token.substr(0, second);
  return TokenFault::none;
}

/// Decodes into `buffer`, which only grows.
std::optional<std::string_view> decoded(std::string_view text, std::string& buffer) {
  const std::size_t bytes = text.size() * 3 / 4;
  if (buffer.size() < bytes) buffer.resize(bytes);
  if (!read_base64url(buffer.data(), text)) return std::nullopt;
  return std::string_view{buffer.data(), bytes};
}

}  // namespace

struct TokenVerifier::Impl {
  /// Headers of one issuer are few and equal to the byte, so the last ones are not parsed again.
  struct KnownHeader {
    std::string encoded;
    Prepared prepared;
  };
  static constexpr std::size_t kKnownHeaders = 8;
  using Checks = std::array<std::unique_ptr<SignatureCheck>, kAlgorithms>;

  Impl(std::shared_ptr<const KeySet> set, TokenPolicy asked)
      : keys(std::move(set)), policy(std::move(asked)), path(policy.claim) {
    checks.resize(keys->keys().size());
  }

  const Prepared* find_known(std::string_view encoded) const noexcept {
    for (const KnownHeader& header : known) {
      if (header.encoded == encoded) return &header.prepared;
    }
    return nullptr;
  }

  /// Only headers of genuine tokens are remembered: others could be invented without end.
  void remember(std::string_view encoded, const Prepared& prepared) {
    if (known.size() < kKnownHeaders) {
      known.push_back({std::string{encoded}, prepared});
    } else {
      known[next_known] = {std::string{encoded}, prepared};
      next_known = (next_known + 1) % kKnownHeaders;
    }
  }

  Prepared prepare(std::string_view encoded) {
    const std::optional<std::string_view> json = decoded(encoded, buffer);
    if (!json) return {.fault = TokenFault::bad_encoding};
    const JoseHeader header = read_jose_header(*json);
    if (header.fault != TokenFault::none) return {.fault = header.fault};
    return choose_keys(header);
  }

  Prepared choose_keys(const JoseHeader& header) const {
    Prepared prepared{.algorithm = header.algorithm};
    bool id_known = false;
    for (std::size_t i = 0; i < keys->keys().size(); ++i) {
      const TokenKey& key = *keys->keys()[i];
      const bool fits =
          header.has_key_id ? key.id.empty() || key.id == header.key_id : !key.only_with_id;
      if (!fits) continue;
      if (header.has_key_id && !key.id.empty()) id_known = true;
      if (!key.algorithms.has(header.algorithm) || prepared.key_count == kMaxTries) continue;
      prepared.keys[prepared.key_count++] = static_cast<std::uint16_t>(i);
    }
    if (prepared.key_count == 0) {
      prepared.fault = id_known ? TokenFault::wrong_algorithm : TokenFault::unknown_key;
    }
    return prepared;
  }

  bool is_signed(const Parts& parts, std::string_view signature, const Prepared& prepared) {
    for (std::size_t i = 0; i < prepared.key_count; ++i) {
      const std::size_t key = prepared.keys[i];
      auto& check = checks[key][static_cast<std::size_t>(prepared.algorithm)];
      if (!check) check = make_signature_check(*keys->keys()[key], prepared.algorithm);
      if (check && check->verify(parts.signed_text, signature)) return true;
    }
    return false;
  }

  TokenVerdict verify(std::string_view token, WallTime now) {
    Parts parts;
    if (const TokenFault fault = split(token, parts); fault != TokenFault::none) {
      return refused(fault);
    }
    const Prepared* const remembered = find_known(parts.header);
    const Prepared prepared = remembered != nullptr ? *remembered : prepare(parts.header);
    if (prepared.fault != TokenFault::none) return refused(prepared.fault);

    const std::optional<std::string_view> signature = decoded(parts.signature, buffer);
    if (!signature) return refused(TokenFault::bad_encoding);
    if (!is_signed(parts, *signature, prepared)) return refused(TokenFault::bad_signature);
    if (remembered == nullptr) remember(parts.header, prepared);

    const std::optional<std::string_view> payload = decoded(parts.payload, buffer);
    if (!payload) return refused(TokenFault::bad_encoding);
    TokenVerdict verdict = judge_claims(*payload, policy, path, now);
    if (verdict.fault == TokenFault::none) verdict.claims = *payload;
    return verdict;
  }

  std::shared_ptr<const KeySet> keys;
  TokenPolicy policy;
  ClaimPath path;
  std::vector<Checks> checks;  ///< by key and algorithm, made when first needed
  std::vector<KnownHeader> known;
  std::size_t next_known = 0;
  std::string buffer;
};

TokenVerifier::TokenVerifier(std::shared_ptr<const KeySet> keys, TokenPolicy policy)
    : impl_(std::make_unique<Impl>(std::move(keys), std::move(policy))) {}
TokenVerifier::TokenVerifier(TokenVerifier&&) noexcept = default;
TokenVerifier& TokenVerifier::operator=(TokenVerifier&&) noexcept = default;
TokenVerifier::~TokenVerifier() = default;

TokenVerdict TokenVerifier::verify(std::string_view token, WallTime now) {
  return impl_->verify(token, now);
}

}  // namespace pushgate::agent
