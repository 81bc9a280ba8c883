#include "node/session/engine_request.hpp"

#include <algorithm>

#include "pushgate/base/text.hpp"
#include "pushgate/http/query.hpp"

#include "node/node_snapshot.hpp"

namespace pushgate::node {

namespace {

constexpr std::size_t kMaxJsonpDigits = 9;

std::string digits_of(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9' && digits.size() < kMaxJsonpDigits) digits += c;
  }
  return digits;
}

}  // namespace

std::optional<EngineError> read_engine_request(const http::RequestHead& head,
                                               const NodeSnapshot& settings, EngineRequest& out) {
  std::string_view version;
  std::string_view transport;
  for (http::ParameterReader reader{head.query}; const auto parameter = reader.next();) {
    const auto& [name, value] = *parameter;
    if (name == "EIO") version = value;
    if (name == "transport") transport = value;
    if (name == "b64") out.base64_only = true;
    if (name == "j") out.jsonp = digits_of(value);
    if (name == "sid" && !value.empty()) {
      out.has_sid = true;
      out.sid = SessionId::parse(value);
    }
  }
  if (!out.jsonp.empty()) out.base64_only = true;

  if (transport == "polling") {
    out.transport = config::TransportKind::polling;
  } else if (transport == "websocket") {
    out.transport = config::TransportKind::websocket;
  } else {
    return EngineError::unknown_transport;
  }
  if (!settings.serves(out.transport)) return EngineError::unknown_transport;

  if (version == "4") {
    out.version = EngineVersion::v4;
  } else if (version == "3" && settings.config().allow_eio3) {
    out.version = EngineVersion::v3;
  } else if (!out.has_sid) {
    return EngineError::unsupported_version;
  }
  return std::nullopt;
}

PayloadForm EngineRequest::body_form(const http::RequestHead& head) const noexcept {
  if (version == EngineVersion::v4) return PayloadForm::v4_text;
  const auto is_octets = [](const http::Field& field) {
    return iequals(field.name, "content-type") &&
           field.value.starts_with("application/octet-stream");
  };
  return std::any_of(head.fields.begin(), head.fields.end(), is_octets) ? PayloadForm::v3_binary
                                                                        : PayloadForm::v3_text;
}

}  // namespace pushgate::node
