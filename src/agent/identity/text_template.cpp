#include "agent/identity/text_template.hpp"

#include <utility>

#include "pushgate/base/text.hpp"
#include "pushgate/http/cookies.hpp"
#include "pushgate/http/query.hpp"

#include "agent/identity/claims.hpp"
#include "agent/identity/field_values.hpp"

namespace pushgate::agent {

namespace {

using Kind = config::TemplatePart::Kind;

bool append_claim(std::string& out, const SourceValue& value) {
  if (value.kind != SourceValue::Kind::found || value.value.empty()) return false;
  out += value.value;
  return true;
}

/// Without port. The head's parser has checked that it is a name or a bracketed address.
bool append_host(std::string& out, std::string_view authority) {
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  const std::string_view host = authority.substr(0, authority.find(':', bracket));
  for (const char c : host) out += to_lower(c);
  return !host.empty();
}

bool append_client(std::string& out, const IpAddress& client) {
  char text[46];
  out.append(text, client.format(text));
  return true;
}

bool append_uri(std::string& out, const http::RequestHead& head) {
  out += head.path;
  if (head.has_query) (out += '?') += head.query;
  return true;
}

bool append_part(std::string& out, const config::TemplatePart& part, const RequestView& request) {
  const http::RequestHead& head = request.head;
  switch (part.kind) {
    case Kind::literal:
      out += part.text;
      return true;
    case Kind::cookie:
      return append_claim(
          out, single_value(http::CookieValues{head.fields, part.text}, http::Plus::literal));
    case Kind::query:
      return append_claim(
          out, single_value(http::ParameterValues{head.query, part.text}, http::Plus::space));
    case Kind::header:
      return append_claim(
          out, single_value(FieldValues{head.fields, part.text, http::field_id(part.text)},
                            http::Plus::literal));
    case Kind::client:
      return append_client(out, request.client);
    case Kind::host:
      return append_host(out, head.host);
    case Kind::method:
      out += head.method_name;
      return true;
    case Kind::path:
      out += head.path;
      return true;
    case Kind::uri:
      return append_uri(out, head);
  }
  return false;
}

}  // namespace

TextTemplate::TextTemplate(std::string_view text) : parts_(config::parse_template(text).parts) {}

bool TextTemplate::append_to(std::string& out, const RequestView& request) const {
  for (const config::TemplatePart& part : parts_) {
    if (!append_part(out, part, request)) return false;
  }
  return true;
}

}  // namespace pushgate::agent
