#pragma once
// identity_config.hpp - the key "identity": from a request to a product and a user, or to a
// refusal.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pushgate/config/condition_config.hpp"
#include "pushgate/config/redis_config.hpp"

namespace pushgate::config {

using std::chrono::milliseconds;

/// What becomes of a request when a source cannot answer: its service does not, its script fails.
enum class OnSourceError : std::uint8_t {
  deny,  ///< it is refused
  next,  ///< the next source is asked
};

/// One or more keys that tokens may be signed with.
struct TokenKeyConfig {
  enum class Kind : std::uint8_t {
    secret,       ///< `text` is the shared secret of HS*
    secret_file,  ///< the file's content is, without a line end at its end
    pem,          ///< a file with a public key or a certificate
    jwks_file,    ///< a JSON Web Key Set (RFC 7517)
    jwks_url,     ///< the same, fetched (http or https)
  };
  Kind kind = Kind::secret;
  std::string text;       ///< the secret, an absolute file name, or the URL
  std::string algorithm;  ///< the only one that this key is for; "" with a JWKS: what it says
  std::string key_id;     ///< `kid` of the tokens that it is for; empty: all
  milliseconds refresh{600'000};  ///< jwks_url: how often it is fetched

  friend bool operator==(const TokenKeyConfig&, const TokenKeyConfig&) = default;
};

/// {"jwt": {...}}: a signed JSON Web Token (RFC 7519).
struct TokenSourceConfig {
  enum class From : std::uint8_t { header, cookie, query };
  From from = From::header;
  std::string name = "authorization";    ///< of a header, "Bearer " is taken off
  std::string claim = "sub";             ///< a string or an integer; "a.b" looks into an object
  std::vector<TokenKeyConfig> keys;      ///< at least one
  std::vector<std::string> issuers;      ///< empty: `iss` is not looked at
  std::vector<std::string> audiences;    ///< one of them must be in `aud`; empty: not looked at
  milliseconds leeway{30'000};           ///< for `exp` and `nbf`
  bool require_expiry = true;            ///< a token without `exp` is refused
  std::uint64_t cache_entries = 10'000;  ///< verified tokens that a thread remembers; 0: none

  friend bool operator==(const TokenSourceConfig&, const TokenSourceConfig&) = default;
};

/// Where an answer has a value.
struct AnswerPlace {
  enum class Kind : std::uint8_t { nowhere, header, json };
  Kind kind = Kind::nowhere;
  std::string name;  ///< of the header; or the way into the JSON body, "user.id"

  friend bool operator==(const AnswerPlace&, const AnswerPlace&) = default;
};

/// {"http": {...}}: a service that is asked who this is.
struct HttpSourceConfig {
  std::string url;  ///< http:// or https://
  std::string method = "GET";
  std::vector<std::string> forward{"cookie", "authorization"};  ///< fields of the request
  AnswerPlace uid{AnswerPlace::Kind::header, "x-user-id"};
  AnswerPlace product;
  std::vector<std::string> pass;  ///< fields of its answer that the node receives
  milliseconds timeout{500};
  milliseconds cache{0};  ///< how long an answer is good for requests that forward the same
  std::uint64_t cache_entries = 10'000;
  OnSourceError on_error = OnSourceError::deny;
  unsigned max_connections = 64;  ///< per io thread; further questions wait for one

  friend bool operator==(const HttpSourceConfig&, const HttpSourceConfig&) = default;
};

/// {"redis": {...}}: a value of Redis.
struct RedisSourceConfig {
  std::string command = "GET";  ///< GET, HGET, or JSON.GET
  std::string key;              ///< a template: "session:{cookie.sid}"
  std::string field;            ///< a template; HGET's field, or JSON.GET's path
  std::string json;  ///< the way into a value that is JSON: "passport.user"; empty: all of it
  milliseconds timeout{500};
  milliseconds cache{0};
  std::uint64_t cache_entries = 10'000;
  OnSourceError on_error = OnSourceError::deny;

  friend bool operator==(const RedisSourceConfig&, const RedisSourceConfig&) = default;
};

/// {"native": {...}}: a source in a shared object.
struct NativeSourceConfig {
  std::string file;     ///< absolute
  std::string options;  ///< handed over as it is

  friend bool operator==(const NativeSourceConfig&, const NativeSourceConfig&) = default;
};

/// One place to look for an identity value; the first that yields one wins.
struct IdentitySourceConfig {
  enum class Kind : std::uint8_t {
    cookie,
    query,
    header,
    path,
    client_ip,
    constant,
    jwt,
    http,
    redis,
    lua,
    native,
  };
  Kind kind = Kind::cookie;
  /// Name of the cookie, query parameter or header; the pattern, in RE2's own spelling with one
  /// group (?P<v>...); the constant; the script's absolute file name; else empty.
  std::string text;
  std::variant<std::monostate, TokenSourceConfig, HttpSourceConfig, RedisSourceConfig,
               NativeSourceConfig>
      detail{};                           ///< of the kinds that need more than a text
  std::optional<ConditionConfig> when{};  ///< the source is asked for these requests only

  friend bool operator==(const IdentitySourceConfig&, const IdentitySourceConfig&) = default;
};

/// Refuses or redirects requests before they are asked who they are.
struct RequestRuleConfig {
  enum class Action : std::uint8_t { deny, redirect };
  Action action = Action::deny;
  unsigned status = 403;                ///< deny: 400 to 599; redirect: 301, 302, 303, 307 or 308
  std::string body;                     ///< deny; empty: the agent's own JSON
  std::string to;                       ///< redirect: a template of the Location
  std::optional<ConditionConfig> when;  ///< nullopt: every request

  friend bool operator==(const RequestRuleConfig&, const RequestRuleConfig&) = default;
};

struct IdentityConfig {
  std::vector<RequestRuleConfig> rules;  ///< the first that applies
  std::vector<IdentitySourceConfig> uid{{IdentitySourceConfig::Kind::cookie, "uid"},
                                        {IdentitySourceConfig::Kind::query, "uid"}};
  std::vector<IdentitySourceConfig> product{{IdentitySourceConfig::Kind::query, "product"}};

  enum class MissingUid : std::uint8_t { reject, client_ip };
  MissingUid missing_uid = MissingUid::reject;
  unsigned missing_uid_status = 430;
  std::string missing_uid_body;  ///< empty: the agent's own JSON

  enum class UnknownProduct : std::uint8_t { use_default, reject };
  UnknownProduct unknown_product = UnknownProduct::use_default;

  std::string uid_header = "X-Pushgate-Uid";
  std::string product_header = "X-Pushgate-Product";
  bool append_uid_to_query = false;
  bool agent_info_cookie = false;
  /// Fields that only sources and scripts may give to a node: a client's own copies are removed.
  /// (Those that `pass` of an HTTP source names are, too.)
  std::vector<std::string> protected_headers;
  /// Which Redis the sources and scripts ask. nullopt: the one of "redisAdapter", if there is one.
  std::optional<RedisConfig> redis;

  friend bool operator==(const IdentityConfig&, const IdentityConfig&) = default;
};

/// The key "hooks": scripts in Lua that decide what rules cannot say. File names are absolute;
/// empty: there is none.
struct HookConfig {
  std::string agent;      ///< asked for the uid of requests, before identity.uid
  std::string onupgrade;  ///< the same for WebSocket handshakes; none: `agent` is asked for both
  std::string router;     ///< products decided by functions, and further ones as lists
  milliseconds deadline{1'000};            ///< of one call, waiting included
  std::uint64_t instructions = 1'000'000;  ///< of the Lua machine in one call
  std::uint64_t memory = 8 * 1024 * 1024;  ///< bytes that one call may hold more than before it
  std::uint64_t cache_entries = 10'000;    ///< of pushgate.cache, per io thread
  OnSourceError on_error = OnSourceError::deny;  ///< spelled "failClosed" and "failOpen"

  friend bool operator==(const HookConfig&, const HookConfig&) = default;
};

}  // namespace pushgate::config
