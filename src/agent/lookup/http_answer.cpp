#include "agent/lookup/http_answer.hpp"

#include <algorithm>
#include <utility>

#include "pushgate/base/field_text.hpp"
#include "pushgate/base/text.hpp"
#include "pushgate/fetch/client.hpp"
#include "pushgate/http/forwarded.hpp"
#include "pushgate/http/head.hpp"
#include "pushgate/http/hop_by_hop.hpp"

#include "agent/lookup/json_place.hpp"

namespace pushgate::agent {

namespace {

using PlaceKind = config::AnswerPlace::Kind;

constexpr std::size_t kMaxPassedBytes = 8192;

std::string in_lower_case(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

/// Fields by which a node finds the end of a message, the client or the user's own words are not
/// for a service to write, under no spelling.
bool may_be_passed(std::string_view name) noexcept {
  const http::FieldId id = http::field_id(name);
  if (http::is_hop_by_hop(id) || http::is_forwarding_field(id)) return false;
  if (http::is_alias_of_known_field(name)) return false;
  switch (id) {
    case http::FieldId::content_length:
    case http::FieldId::cookie:
    case http::FieldId::expect:
    case http::FieldId::host:
    case http::FieldId::sec_websocket_accept:
    case http::FieldId::sec_websocket_extensions:
    case http::FieldId::sec_websocket_key:
    case http::FieldId::sec_websocket_protocol:
    case http::FieldId::sec_websocket_version:
    case http::FieldId::x_request_id:
      return false;
    default:
      return true;
  }
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

constexpr Refusal refusal_of(unsigned status) noexcept {
  return status == 401
             ? Refusal{401, "auth_refused", "The authentication service does not know the user."}
             : Refusal{403, "auth_refused", "The authentication service refuses the request."};
}

}  // namespace

HttpAnswerReader::HttpAnswerReader(const config::HttpSourceConfig& config)
    : uid_(place_of(config.uid)), product_(place_of(config.product)) {
  for (const std::string& name : config.pass) {
    if (may_be_passed(name)) pass_.push_back({name, in_lower_case(name)});
  }
}

HttpAnswerReader::Place HttpAnswerReader::place_of(const config::AnswerPlace& place) {
  Place out;
  out.kind = place.kind;
  if (place.kind == PlaceKind::header) out.field = in_lower_case(place.name);
  if (place.kind == PlaceKind::json) out.way = split_way(place.name);
  return out;
}

/// False if what is there is not a value; nothing there is an empty one.
bool HttpAnswerReader::find(const Place& place, const fetch::Response& response, std::string& out) {
  if (place.kind == PlaceKind::header) {
    if (const std::string* const value = response.field(place.field)) out = *value;
  } else if (place.kind == PlaceKind::json) {
    JsonFinding finding = find_in_json(response.body, place.way);
    if (finding.kind == JsonFinding::Kind::unusable) return false;
    out = std::move(finding.value);
  }
  return true;
}

bool HttpAnswerReader::append_passed(std::string& out, const fetch::Response& response) const {
  for (const Passed& passed : pass_) {
    for (const auto& [name, value] : response.fields) {
      if (name != passed.field) continue;
      if (!is_field_value(value)) return false;
      append_line(out, passed.name, value);
    }
  }
  return out.size() <= kMaxPassedBytes;
}

HttpAnswerReader::Reading HttpAnswerReader::read_refusal(fetch::Response& response) {
  LookupAnswer answer;
  answer.kind = SourceValue::Kind::refused;
  answer.refusal = refusal_of(response.status);
  SourceExtras extras;
  for (const auto& [name, value] : response.fields) {
    if (response.status == 401 && name == "www-authenticate" && is_field_value(value)) {
      append_line(extras.answer_fields, "WWW-Authenticate", value);
    }
  }
  if (!response.body.empty()) {
    const std::string* const type = response.field("content-type");
    extras.content_type = type != nullptr && !type->empty() && is_field_value(*type)
                              ? *type
                              : "application/octet-stream";
    extras.body = std::move(response.body);
  }
  answer.extras = std::make_shared<const SourceExtras>(std::move(extras));
  return {std::move(answer), {}};
}

HttpAnswerReader::Reading HttpAnswerReader::read(fetch::Response& response) const {
  if (response.status == 401 || response.status == 403) return read_refusal(response);
  if (response.status < 200 || response.status > 299) {
    return {{}, "status " + std::to_string(response.status)};
  }
  LookupAnswer answer;
  SourceExtras extras;
  if (!find(uid_, response, answer.value)) return {{}, "no uid where it should be in the body"};
  if (answer.value.empty()) return {std::move(answer), {}};
  answer.kind = SourceValue::Kind::found;
  if (!find(product_, response, extras.product)) {
    return {{}, "no product where it should be in the body"};
  }
  if (!append_passed(extras.node_fields, response)) {
    return {{}, "a field for the node that cannot be passed on"};
  }
  if (!extras.product.empty() || !extras.node_fields.empty()) {
    answer.extras = std::make_shared<const SourceExtras>(std::move(extras));
  }
  return {std::move(answer), {}};
}

}  // namespace pushgate::agent
