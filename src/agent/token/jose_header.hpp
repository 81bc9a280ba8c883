#pragma once
// jose_header.hpp - the protected header of a token (RFC 7515 section 4). Sans-I/O.

#include <string>
#include <string_view>

#include "agent/token/algorithm.hpp"
#include "agent/token/token_fault.hpp"

namespace pushgate::agent {

struct JoseHeader {
  TokenFault fault = TokenFault::none;
  Algorithm algorithm = Algorithm::hs256;  ///< meaningful without a fault
  bool has_key_id = false;
  std::string key_id;
};

/// Members that would bring a key along (`jwk`, `jku`, `x5c`, `x5u`) are passed over like unknown
/// ones: keys come from the configuration only. Nothing may be said twice, so that no two readers
/// can see two headers.
JoseHeader read_jose_header(std::string_view json);

}  // namespace pushgate::agent
