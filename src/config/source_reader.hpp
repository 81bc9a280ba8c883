#pragma once
// source_reader.hpp - the parts that several places of the configuration have: sources of identity,
// conditions, templates.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/config/identity_config.hpp"

#include "config/reader.hpp"

namespace pushgate::config {

enum class IdentityPart : std::uint8_t { uid, product };

/// An element of identity.uid or identity.product.
void read_source(const Value& value, IdentityPart part, std::vector<IdentitySourceConfig>& out);

/// The key "when".
void read_condition(const Value& value, std::optional<ConditionConfig>& out);

/// A text with places for parts of the request.
void read_template(ObjectReader& reader, std::string_view key, std::string& out);

/// Names of header fields that the agent may write.
void read_own_headers(const Value& value, std::vector<std::string>& out);

// The objects of the sources that need more than a text.
void read_token_source(const Value& value, TokenSourceConfig& out);
void read_http_source(const Value& value, HttpSourceConfig& out);
void read_redis_source(const Value& value, RedisSourceConfig& out);
void read_native_source(const Value& value, NativeSourceConfig& out);

}  // namespace pushgate::config
