#pragma once
// condition_config.hpp - the key "when": which requests a source, a rule or a product is for.

#include <string>
#include <vector>

#include "pushgate/base/ip_address.hpp"

namespace pushgate::config {

/// A header field that must be there.
struct FieldPattern {
  std::string name;
  std::string pattern;  ///< RE2, searched for in the value; empty: any value

  friend bool operator==(const FieldPattern&, const FieldPattern&) = default;
};

/// Everything that is given must hold; of the values in one list, one is enough (of the header
/// fields, each). Nothing given: holds for every request.
struct ConditionConfig {
  std::vector<std::string> path;  ///< RE2 in its own spelling, searched for in the path as received
  std::vector<std::string> host;  ///< lower case, without a port: "example.com", "*.example.com"
  std::vector<std::string> method;  ///< "GET"; methods have case
  std::vector<FieldPattern> header;
  std::vector<std::string> client_text;  ///< networks as written
  CidrSet client;                        ///< the same, parsed; counts if client_text is not empty
  std::vector<ConditionConfig> unless;   ///< spelled "not"; at most one: must not hold

  friend bool operator==(const ConditionConfig&, const ConditionConfig&) = default;
};

}  // namespace pushgate::config
