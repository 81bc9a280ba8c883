#pragma once
// sources.hpp - makes the sources that a configuration can name. One file for each family.

#include <memory>
#include <string>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/base/ip_address.hpp"
#include "pushgate/config/identity_config.hpp"

namespace pushgate::agent {

using SourcePtr = std::unique_ptr<const IdentitySource>;

/// The cookie `name`, in whichever Cookie field. Names are case-sensitive (RFC 6265).
SourcePtr make_cookie_source(std::string name);
/// The query parameter `name`; "+" is a space in its value, as gopush's parser has it.
SourcePtr make_query_source(std::string name);
/// The header field `name`, in any case. Its value is percent-decoded like every other claim.
SourcePtr make_header_source(std::string name);
/// Group `v` of an RE2 pattern, searched for in the path as received; then decoded. Precondition:
/// the pattern compiles and has that group (config::check_path_pattern).
SourcePtr make_path_source(const std::string& pattern);
/// The client's address as text ("192.0.2.1", "2001:db8::1"). Never missing, never a claim.
SourcePtr make_client_ip_source();
/// The text as it stands in the configuration, not decoded. Never a claim.
SourcePtr make_constant_source(std::string value);

/// The source that a configuration names, without its condition; nullptr for the kinds that need
/// more than the request.
SourcePtr make_request_source(const config::IdentitySourceConfig& config);

/// The address as it becomes a uid.
SourceValue client_ip_value(const IpAddress& client);

}  // namespace pushgate::agent
