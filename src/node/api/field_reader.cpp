#include "node/api/field_reader.hpp"

#include <algorithm>
#include <charconv>

#include "pushgate/base/text.hpp"
#include "pushgate/node/json_text.hpp"

namespace pushgate::node {

namespace {

bool keeps(const TextRule& rule, std::string_view text) noexcept {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !text.empty() && text.size() <= rule.max_bytes &&
         std::none_of(text.begin(), text.end(), is_control);
}

}  // namespace

ApiReply to_reply(const ApiProblem& problem) {
  std::string body = "{\"error\":{\"status\":" + std::to_string(problem.status) + ",\"rule\":\"";
  append_json_escaped(body, problem.rule);
  body += "\",\"message\":\"";
  append_json_escaped(body, problem.message);
  body += '"';
  if (!problem.field.empty()) {
    body += ",\"field\":\"";
    append_json_escaped(body, problem.field);
    body += '"';
  }
  body += "}}";
  return {problem.status, std::move(body)};
}

FieldReader::FieldReader(std::string_view text) {
  if (json_kind(text) == JsonKind::object) {
    object_ = text;
  } else {
    problem_ = ApiProblem{400, "not_an_object", "a JSON object is expected", {}};
  }
}

std::optional<std::string_view> FieldReader::raw(std::string_view name) {
  known_.push_back(name);
  return object_.empty() ? std::nullopt : find_member(object_, name);
}

bool FieldReader::has(std::string_view name) {
  return !object_.empty() && find_member(object_, name).has_value();
}

std::string FieldReader::text(std::string_view name, const TextRule& rule) {
  const std::optional<std::string_view> value = raw(name);
  if (!value) return {};
  std::optional<std::string> decoded = decode_json_string(*value);
  if (!decoded || !keeps(rule, *decoded)) {
    fail(name, "must be " + std::string{rule.what});
    return {};
  }
  return std::move(*decoded);
}

std::vector<std::string> FieldReader::texts(std::string_view name, const TextRule& rule) {
  std::vector<std::string> all;
  const std::optional<std::string_view> value = raw(name);
  if (!value) return all;
  if (json_kind(*value) != JsonKind::array) {
    fail(name, "must be an array, each element of it " + std::string{rule.what});
    return all;
  }
  for (JsonElements elements{*value}; const auto element = elements.next();) {
    std::optional<std::string> decoded = decode_json_string(*element);
    const std::string place = std::string{name} + "[" + std::to_string(all.size()) + "]";
    if (!decoded || !keeps(rule, *decoded)) {
      fail(place, "must be " + std::string{rule.what});
      return {};
    }
    if (all.size() == kMaxItems) {
      fail(name, "has more than " + std::to_string(kMaxItems) + " elements");
      return {};
    }
    all.push_back(std::move(*decoded));
  }
  if (all.empty()) fail(name, "is empty");
  return all;
}

std::optional<bool> FieldReader::flag(std::string_view name) {
  const std::optional<std::string_view> value = raw(name);
  if (!value) return std::nullopt;
  if (json_kind(*value) != JsonKind::boolean) fail(name, "must be true or false");
  return *value == "true";
}

std::optional<std::chrono::milliseconds> FieldReader::duration(std::string_view name,
                                                               std::chrono::milliseconds most) {
  const std::optional<std::string_view> value = raw(name);
  if (!value) return std::nullopt;
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), ms);
  if (error != std::errc{} || end != value->data() + value->size() || ms < 0 || ms > most.count()) {
    fail(name, "must be whole milliseconds, 0 to " + std::to_string(most.count()));
    return std::nullopt;
  }
  return std::chrono::milliseconds{ms};
}

void FieldReader::require(std::string_view name) {
  if (!has(name)) fail(name, "is missing");
}

void FieldReader::fail(std::string_view field, std::string message) {
  if (problem_) return;
  std::string sentence = std::string{field} + " " + std::move(message);
  problem_ = ApiProblem{400, "bad_field", std::move(sentence), std::string{field}};
}

std::optional<ApiProblem> FieldReader::finish() const {
  if (problem_ || object_.empty()) return problem_;
  for (JsonMembers members{object_}; const auto member = members.next();) {
    const std::string name = decode_json_string(member->name).value_or("");
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    const std::string_view close = nearest(name, known_);
    std::string message = "there is no field " + name;
    if (!close.empty()) message += " (did you mean " + std::string{close} + "?)";
    return ApiProblem{400, "unknown_field", std::move(message), name};
  }
  return std::nullopt;
}

}  // namespace pushgate::node
