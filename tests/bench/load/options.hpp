#pragma once
// options.hpp - "--name value" pairs of a load program's command line.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace pushgate::bench {

/// Every option has a value, and only names listed as `allowed` (separated by spaces) are accepted:
/// a mistyped option ends the program with status 2 instead of measuring something else.
class Options {
 public:
  Options(int argc, char** argv, int first, std::string_view allowed);

  std::string text(const std::string& name, std::string fallback) const;
  std::uint64_t number(const std::string& name, std::uint64_t fallback) const;
  double decimal(const std::string& name, double fallback) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace pushgate::bench
