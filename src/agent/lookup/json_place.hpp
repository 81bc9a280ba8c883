#pragma once
// json_place.hpp - one value out of a JSON text: "passport.user". sans-I/O.

#include <string>
#include <string_view>
#include <vector>

namespace pushgate::agent {

/// "a.b.0" as steps; an empty way has none.
std::vector<std::string> split_way(std::string_view way);

struct JsonFinding {
  enum class Kind {
    absent,    ///< the way leads nowhere, or to null
    found,     ///< a string, or an integer in decimal
    unusable,  ///< not JSON, or the way leads to something else
  };
  Kind kind = Kind::absent;
  std::string value;
};

/// Steps are names of members, or positions in an array. O(bytes).
JsonFinding find_in_json(std::string_view text, const std::vector<std::string>& way);

}  // namespace pushgate::agent
