#pragma once
// lookup_sources.hpp - sources that ask somebody else: a service over HTTP, or Redis.

#include "pushgate/config/identity_config.hpp"

#include "agent/identity/sources.hpp"
#include "agent/lookup/lookup_board.hpp"

namespace pushgate::agent {

/// A service that is asked who this is. Refuses with:
///  - auth_refused (401 or 403): the service does. Its body and, with 401, WWW-Authenticate come
///    with it;
///  - auth_timeout (504), auth_unavailable (503): it has not answered in time, or not so that it
///    could be understood, and `onError` is "deny".
/// An answer without a uid is missing. Never a claim. Needs RequestView::thread.
SourcePtr make_http_source(const config::HttpSourceConfig& config, LookupBoard& board);

/// A value of Redis. Refuses with:
///  - lookup_unavailable (503): Redis has not answered, or with an error, or with what is not as
///    the configuration says, and `onError` is "deny".
/// A key that does not exist, or that the request has no parts for, is missing. Never a claim.
/// Needs RequestView::thread. Precondition: the templates have no fault.
SourcePtr make_redis_source(const config::RedisSourceConfig& config, LookupBoard& board);

}  // namespace pushgate::agent
