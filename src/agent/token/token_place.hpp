#pragma once
// token_place.hpp - where in a request the token is. Sans-I/O.

#include <string>
#include <string_view>

#include "pushgate/config/identity_config.hpp"
#include "pushgate/http/head.hpp"

namespace pushgate::agent {

class TokenPlace {
 public:
  struct Finding {
    enum class Kind : std::uint8_t { missing, found, malformed, conflicting };
    Kind kind = Kind::missing;
    std::string_view token{};  ///< into the head, or into the buffer
  };

  TokenPlace(config::TokenSourceConfig::From from, std::string name);

  /// Decodes a cookie or query value once, into `buffer`, if there is anything to decode. All that
  /// are not empty must be the same.
  Finding find(const http::RequestHead& head, std::string& buffer) const;
  std::string describe() const;  ///< e.g. `header "authorization"`

 private:
  Finding in_fields(const http::RequestHead& head) const;

  config::TokenSourceConfig::From from_;
  std::string name_;
  http::FieldId id_;
};

}  // namespace pushgate::agent
