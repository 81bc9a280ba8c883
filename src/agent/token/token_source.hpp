#pragma once
// token_source.hpp - {"jwt": {...}}: the uid out of a signed token of the request.

#include <cstddef>
#include <string>

#include "pushgate/config/identity_config.hpp"

#include "agent/identity/sources.hpp"
#include "agent/token/key_board.hpp"

namespace pushgate::agent {

/// Reads the key files. nullptr, and `fault` for people with the file's name, if one of the keys
/// cannot be used. `threads`: as many as SourceThread::index() may name. The board need not outlive
/// the source.
///
/// The source answers
///  - missing: no token, or an Authorization of another scheme than Bearer;
///  - conflicting, malformed: as for any claim of the request;
///  - found: a verified token's claim;
///  - refused, 401 with WWW-Authenticate, rule "expired_token" or "invalid_token";
///  - refused, 503, rule "keys_unavailable": its keys could not be fetched so far;
///  - later: its keys are being fetched.
/// It is no claim in the sense of IdentitySource::is_claim: whoever signed the token vouches for
/// it.
SourcePtr make_token_source(const config::TokenSourceConfig& config, KeyBoard& board,
                            std::size_t threads, std::string& fault);

/// Empty, or why make_token_source would fail. Reads the key files, fetches nothing.
std::string find_key_fault(const config::TokenSourceConfig& config);

}  // namespace pushgate::agent
