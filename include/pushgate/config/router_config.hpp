#pragma once
// router_config.hpp - config/router.json as values: which nodes serve which product.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pushgate/base/endpoint.hpp"
#include "pushgate/config/daemon_config.hpp"

namespace pushgate::config {

struct BackendConfig {
  std::string
      id;  ///< unique within the product; what hashing sees. Default: the address as written
  std::string address;       ///< as written: "10.0.0.7:4000", "node-a:4000", "unix:/run/app.sock"
  Endpoint endpoint;         ///< resolved
  std::uint32_t weight = 1;  ///< 0 takes no new users
  std::uint32_t server = 0;  ///< index of the host in gopush's two-level form, else its own index

  friend bool operator==(const BackendConfig&, const BackendConfig&) = default;
};

struct ProductConfig {
  std::string name;
  std::vector<BackendConfig> backends;
  std::uint32_t servers = 0;     ///< number of hosts in the two-level form, else of backends
  std::optional<HashKind> hash;  ///< nullopt: the daemon's default
  // Overrides of the daemon's timeouts; nullopt: not overridden.
  std::optional<milliseconds> connect_timeout;
  std::optional<milliseconds> first_byte_timeout;
  std::optional<milliseconds> tunnel_idle_timeout;
  unsigned retries = 2;                 ///< further choices tried after the first
  std::optional<ConditionConfig> when;  ///< nullopt: every request may have this product

  friend bool operator==(const ProductConfig&, const ProductConfig&) = default;
};

struct RouterConfig {
  std::vector<ProductConfig> products;  ///< in the order of the file

  friend bool operator==(const RouterConfig&, const RouterConfig&) = default;
};

}  // namespace pushgate::config
