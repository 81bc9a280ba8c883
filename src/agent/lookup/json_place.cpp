#include "agent/lookup/json_place.hpp"

#include <charconv>
#include <optional>

#include <nlohmann/json.hpp>

namespace pushgate::agent {

namespace {

using nlohmann::json;

std::optional<std::size_t> position(const std::string& step) {
  std::size_t value = 0;
  const char* const end = step.data() + step.size();
  const auto [at, error] = std::from_chars(step.data(), end, value);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

const json* step_into(const json& from, const std::string& step) {
  if (from.is_object()) {
    const auto found = from.find(step);
    return found == from.end() ? nullptr : &*found;
  }
  if (!from.is_array()) return nullptr;
  const std::optional<std::size_t> index = position(step);
  return index && *index < from.size() ? &from[*index] : nullptr;
}

}  // namespace

std::vector<std::string> split_way(std::string_view way) {
  std::vector<std::string> steps;
  while (!way.empty()) {
    const std::size_t dot = way.find('.');
    steps.emplace_back(way.substr(0, dot));
    way.remove_prefix(dot == way.npos ? way.size() : dot + 1);
  }
  return steps;
}

JsonFinding find_in_json(std::string_view text, const std::vector<std::string>& way) {
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return {JsonFinding::Kind::unusable, {}};
  const json* place = &document;
  for (const std::string& step : way) {
    place = step_into(*place, step);
    if (place == nullptr) return {};
  }
  if (place->is_null()) return {};
  if (place->is_string()) return {JsonFinding::Kind::found, place->get<std::string>()};
  if (place->is_number_integer()) return {JsonFinding::Kind::found, place->dump()};
  return {JsonFinding::Kind::unusable, {}};
}

}  // namespace pushgate::agent
