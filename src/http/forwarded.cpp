#include "pushgate/http/forwarded.hpp"

#include <optional>

#include "pushgate/base/text.hpp"

#include "characters.hpp"
#include "parse_step.hpp"

namespace pushgate::http {

namespace {

constexpr int kMaxHops = 32;

void append_address(std::string& out, const IpAddress& address) {
  char text[46];
  const std::size_t length = address.format(text);
  out.append(text, length);
}

/// An entry as proxies write it: an address, perhaps with a port, IPv6 then in brackets.
std::optional<IpAddress> parse_hop(std::string_view entry) noexcept {
  if (entry.starts_with('[')) {
    const std::size_t close = entry.find(']');
    if (close == entry.npos) return std::nullopt;
    return IpAddress::parse(entry.substr(1, close - 1));
  }
  const std::size_t colon = entry.find(':');
  const bool one_colon = colon != entry.npos && entry.find(':', colon + 1) == entry.npos;
  return IpAddress::parse(one_colon ? entry.substr(0, colon) : entry);
}

/// Walks one field value from the right. False when the search has ended.
bool walk_back(std::string_view value, const CidrSet& trusted, IpAddress& client,
               int& hops) noexcept {
  while (!value.empty()) {
    const std::size_t comma = value.rfind(',');
    const std::string_view entry = trim(comma == value.npos ? value : value.substr(comma + 1));
    value = comma == value.npos ? std::string_view{} : value.substr(0, comma);
    if (entry.empty()) continue;
    if (hops++ == kMaxHops) return false;
    const std::optional<IpAddress> hop = parse_hop(entry);
    if (!hop) return false;
    client = *hop;
    if (!trusted.contains(client)) return false;
  }
  return true;
}

/// Continues the received lists of a trusted peer: "a, b" and then a separator for our own element.
void append_received(std::string& out, const RequestHead& head, FieldId id) {
  for (const Field& field : head.fields) {
    if (field.id != id || field.value.empty()) continue;
    out += field.value;
    out += ", ";
  }
}

bool is_known_scheme(std::string_view scheme) noexcept {
  return iequals(scheme, "https") || iequals(scheme, "http") || iequals(scheme, "wss") ||
         iequals(scheme, "ws");
}

std::string_view protocol_of(const RequestHead& head, const ForwardingFacts& facts) noexcept {
  if (facts.peer_trusted) {
    const Field* const received = head.find(FieldId::x_forwarded_proto);
    if (received != nullptr && is_known_scheme(received->value)) return received->value;
  }
  return facts.secure ? "https" : "http";
}

std::string_view host_of(const RequestHead& head, const ForwardingFacts& facts) noexcept {
  if (facts.peer_trusted) {
    const Field* const received = head.find(FieldId::x_forwarded_host);
    if (received != nullptr && is_valid_authority(received->value)) return received->value;
  }
  return head.host;
}

/// RFC 7239 section 4: a value that is no token (it has a port, say) is quoted. Neither addresses
/// nor checked authorities contain what would need escaping.
void append_parameter(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += is_token(value) ? "=" : "=\"";
  out += value;
  if (!is_token(value)) out += '"';
}

void append_forwarded(std::string& out, const RequestHead& head, const ForwardingFacts& facts) {
  out += "Forwarded: ";
  if (facts.peer_trusted) append_received(out, head, FieldId::forwarded);
  if (facts.peer.is_v4()) {
    out += "for=";
    append_address(out, facts.peer);
  } else {
    out += "for=\"[";
    append_address(out, facts.peer);
    out += "]\"";
  }
  if (!head.host.empty()) append_parameter(out, ";host", head.host);
  append_parameter(out, ";proto", facts.secure ? "https" : "http");
  out += "\r\n";
}

}  // namespace

IpAddress resolve_client(std::span<const Field> fields, const IpAddress& peer,
                         const CidrSet& trusted) noexcept {
  IpAddress client = peer;
  if (trusted.empty() || !trusted.contains(peer)) return client;
  int hops = 0;
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (field->id != FieldId::x_forwarded_for) continue;
    if (!walk_back(field->value, trusted, client, hops)) break;
  }
  return client;
}

void append_forwarding_fields(std::string& out, const RequestHead& head,
                              const ForwardingFacts& facts) {
  out += "X-Forwarded-For: ";
  if (facts.peer_trusted) append_received(out, head, FieldId::x_forwarded_for);
  append_address(out, facts.peer);
  out += "\r\nX-Forwarded-Proto: ";
  out += protocol_of(head, facts);
  out += "\r\n";
  if (const std::string_view host = host_of(head, facts); !host.empty()) {
    out += "X-Forwarded-Host: ";
    out += host;
    out += "\r\n";
  }
  if (facts.rfc7239) append_forwarded(out, head, facts);
}

}  // namespace pushgate::http
