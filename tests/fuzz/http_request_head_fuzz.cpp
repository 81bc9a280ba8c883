// http_request_head_fuzz.cpp - any bytes as a request head: what is accepted must mean the same to
// the next parser, and what is made from it for the node must be a clean head again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pushgate/http/access_log.hpp"
#include "pushgate/http/forwarded.hpp"
#include "pushgate/http/head_parser.hpp"
#include "pushgate/http/hop_by_hop.hpp"

namespace {

using namespace pushgate;
using namespace pushgate::http;

void require(bool condition) {
  if (!condition) std::abort();
}

bool same_fields(const RequestHead& a, const RequestHead& b) {
  if (a.fields.size() != b.fields.size()) return false;
  for (std::size_t i = 0; i < a.fields.size(); ++i) {
    const bool same = a.fields[i].name == b.fields[i].name &&
                      a.fields[i].value == b.fields[i].value && a.fields[i].id == b.fields[i].id;
    if (!same) return false;
  }
  return true;
}

void require_same(const RequestHead& a, const RequestHead& b) {
  require(a.method_name == b.method_name && a.target == b.target && a.path == b.path);
  require(a.query == b.query && a.host == b.host && a.minor_version == b.minor_version);
  require(a.framing == b.framing && a.content_length == b.content_length);
  require(a.keep_alive == b.keep_alive && a.wants_upgrade == b.wants_upgrade);
  require(same_fields(a, b));
}

void require_sound(const RequestHead& head) {
  require(!head.target.empty() && !head.path.empty() && !head.method_name.empty());
  require(head.method != Method::connect && head.method != Method::trace);
  require(head.minor_version == 0 || !head.host.empty());
  require(count_fields(head.fields, FieldId::host) <= 1);
  require(count_fields(head.fields, FieldId::content_length) <= 1);
  require(head.find(FieldId::content_length) == nullptr ||
          head.find(FieldId::transfer_encoding) == nullptr);
  require((head.framing == Framing::chunked) == (head.find(FieldId::transfer_encoding) != nullptr));
  require(head.framing != Framing::until_close);
  for (const Field& field : head.fields) {
    require(!field.name.empty());
    require(field.value.find_first_of(std::string_view{"\r\n\0", 3}) == field.value.npos);
  }
}

/// As the forwarder would write it, with everything that it adds.
std::string rewritten(const RequestHead& head, bool forwarding) {
  std::string out{head.method_name};
  out.append(" ").append(head.target).append(" HTTP/1.");
  out.append(head.minor_version == 0 ? "0\r\n" : "1\r\n");
  for (const Field& field : head.fields) {
    if (forwarding && is_forwarding_field(field.id)) continue;
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (forwarding) {
    const IpAddress peer = IpAddress::parse("2001:db8::1").value();
    append_forwarding_fields(out, head, {.peer = peer, .peer_trusted = true, .rfc7239 = true});
  }
  return out.append("\r\n");
}

void require_clean_log(const RequestHead& head) {
  AccessRecord record;
  record.method = head.method_name;
  record.target = head.target;
  record.uid = head.fields.empty() ? std::string_view{} : head.fields.back().value;
  std::string line;
  append_text(line, record);
  require(line.find('\n') == line.size() - 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const HeadLimits limits;
  RequestHead head;
  std::size_t scanned = 0;
  const HeadOutcome outcome = parse_request_head(bytes, limits, scanned, head);
  if (outcome.status != HeadStatus::done) {
    require((outcome.status == HeadStatus::bad) == (outcome.error != HeadError::none));
    return 0;
  }
  require(outcome.head_bytes <= bytes.size() && outcome.head_bytes <= limits.max_head_bytes);
  require_sound(head);

  RequestHead again;
  std::size_t scanned_again = 0;
  const std::string_view all_but_one = bytes.substr(0, outcome.head_bytes - 1);
  require(parse_request_head(all_but_one, limits, scanned_again, again).status ==
          HeadStatus::need_more);
  require(parse_request_head(bytes, limits, scanned_again, again).head_bytes == outcome.head_bytes);
  require_same(head, again);

  const std::string plain = rewritten(head, false);
  const HeadLimits roomy{.max_head_bytes = 1 << 20, .max_fields = 200};
  RequestHead reread;
  require(parse_request_head(plain, roomy, scanned_again, reread).status == HeadStatus::done);
  require_same(head, reread);

  const std::string forwarded = rewritten(head, true);
  require(parse_request_head(forwarded, roomy, scanned_again, reread).status == HeadStatus::done);
  require(reread.host == head.host && reread.framing == head.framing);

  CidrSet trusted;
  trusted.add("0.0.0.0/0");
  resolve_client(head.fields, IpAddress{}, trusted);
  const ConnectionOptions options{head.fields};
  for (const Field& field : head.fields)
    require(field.id == FieldId::other || !options.nominates(field));
  require_clean_log(head);
  return 0;
}
