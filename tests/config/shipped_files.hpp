#pragma once
// shipped_files.hpp - the files of config/, as they are in the source tree.

#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pushgate/config/source.hpp"

namespace pushgate::config::test {

using SchemaJson = nlohmann::json;

inline std::string shipped(const std::string& name) {
  const Result<std::string> text = read_file(std::string{PUSHGATE_CONFIG_FOLDER} + '/' + name);
  EXPECT_TRUE(text.has_value()) << name;
  return text ? *text : std::string{};
}

inline SchemaJson schema_of(const std::string& name) {
  return SchemaJson::parse(shipped("schema/" + name + ".schema.json"));
}

/// Every key of a table.
inline constexpr std::string_view kWholeRouter = R"({
  "short": [{"ip": "10.0.0.1", "ports": [1], "weight": 1}],
  "options": {"servers": [{"ip": "10.0.0.1", "ports": [1], "weight": 1}], "hash": "modulo"},
  "full": {"backends": [{"id": "a", "address": "10.0.0.1:1", "weight": 1, "server": 0}],
           "hash": "ketama", "timeouts": {"connect": "1s", "firstByte": "1s", "tunnelIdle": "1s"},
           "retries": 1, "when": {"path": "^/p", "not": {"method": "PUT"}}}})";

}  // namespace pushgate::config::test
