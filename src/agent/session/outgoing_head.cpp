#include "agent/session/outgoing_head.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "pushgate/agent/session/agent_snapshot.hpp"
#include "pushgate/http/forwarded.hpp"
#include "pushgate/http/hop_by_hop.hpp"
#include "pushgate/http/query.hpp"

namespace pushgate::agent {

using http::Field;
using http::FieldId;

namespace {

constexpr std::string_view kLineEnd = "\r\n";

/// Copies the field lines of a head except those left out. Neighbouring lines that stay are one run
/// of bytes and copied at once.
class FieldCopier {
 public:
  FieldCopier(std::string_view head_bytes, bool plain_copy, std::string& out) noexcept
      : out_(out), fields_end_(head_bytes.data() + head_bytes.size()), plain_copy_(plain_copy) {
    // The closing empty line is not part of the last field's line.
    fields_end_ -= kLineEnd.size();
  }

  void keep(const Field& field) {
    if (!plain_copy_) {
      out_ += field.name;
      out_ += ": ";
      out_ += field.value;
      out_ += kLineEnd;
      return;
    }
    if (run_ == nullptr) run_ = field.name.data();
  }

  /// `next` is where the run before it ends: the start of the line that is left out.
  void leave_out(const Field& field) { end_run(field.name.data()); }
  void finish() { end_run(fields_end_); }

 private:
  void end_run(const char* end) {
    if (run_ == nullptr) return;
    out_.append(run_, static_cast<std::size_t>(end - run_));
    run_ = nullptr;
  }

  std::string& out_;
  const char* fields_end_;
  const char* run_ = nullptr;
  bool plain_copy_;
};

template <class Keep>
void copy_fields(const std::vector<Field>& fields, FieldCopier copier, Keep keep) {
  for (const Field& field : fields) {
    if (keep(field)) {
      copier.keep(field);
    } else {
      copier.leave_out(field);
    }
  }
  copier.finish();
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += kLineEnd;
}

/// In origin-form, whatever form the client used: nodes need not understand another.
void append_target(const OutgoingRequest& request, std::string& out) {
  const http::RequestHead& head = request.head;
  std::string_view target = head.target;
  std::string absolute;
  if (target.front() != '/' && target != "*") {
    absolute.append(head.path);
    if (head.has_query) absolute.append("?").append(head.query);
    target = absolute;
  }
  if (request.snapshot.config.daemon.identity.append_uid_to_query && target != "*") {
    http::append_target_with_parameter(out, target, {"uid", request.identity.uid()});
  } else {
    out += target;
  }
}

/// True if one of the lines has this name, or what a node may take for it.
bool is_among(std::string_view lines, std::string_view name) {
  while (!lines.empty()) {
    const std::size_t colon = lines.find(':');
    if (colon == std::string_view::npos) return false;
    if (http::is_same_or_alias(name, lines.substr(0, colon))) return true;
    lines.remove_prefix(std::min(lines.find(kLineEnd, colon), lines.size() - kLineEnd.size()) +
                        kLineEnd.size());
  }
  return false;
}

bool is_passed_on(const Field& field, const OutgoingRequest& request,
                  const http::ConnectionOptions* options) {
  if (!request.extra_fields.empty() && is_among(request.extra_fields, field.name)) return false;
  if (field.id == FieldId::other) {
    return !request.snapshot.protected_names.contains(field.name) &&
           !http::is_alias_of_known_field(field.name) && !(options && options->nominates(field));
  }
  // Each of these is written by the agent itself. A Content-Length stays as the client wrote it:
  // the parser let exactly one plain number through.
  return !http::is_hop_by_hop(field.id, request.snapshot.config.daemon.http.pass_trailers) &&
         !http::is_forwarding_field(field.id) && field.id != FieldId::x_request_id &&
         field.id != FieldId::host;
}

/// For an HTTP/1.0 client that has sent none: a node may insist on one.
std::string_view host_of(const Member& member) noexcept {
  return member.endpoint.is_unix() ? std::string_view{"localhost"} : member.address;
}

void append_agent_fields(const OutgoingRequest& request, std::string& out) {
  const config::DaemonConfig& daemon = request.snapshot.config.daemon;
  append_line(out, daemon.identity.uid_header, request.identity.uid());
  append_line(out, daemon.identity.product_header, request.identity.product());
  append_line(out, "X-Request-Id", request.request_id);
  http::append_forwarding_fields(
      out, request.head,
      {request.peer.address(), request.peer_is_trusted, false, daemon.http.forwarded});
  if (request.head.framing == http::Framing::chunked) {
    append_line(out, "Transfer-Encoding", "chunked");
  }
  if (request.upgrade) {
    append_line(out, "Connection", "Upgrade");
    append_line(out, "Upgrade", request.head.find(FieldId::upgrade)->value);
  }
}

}  // namespace

void append_request_head(const OutgoingRequest& request, std::string& out) {
  const http::RequestHead& head = request.head;
  out += head.method_name;
  out += ' ';
  append_target(request, out);
  out += " HTTP/1.1\r\nHost: ";
  out += head.host.empty() ? host_of(request.member) : head.host;
  out += kLineEnd;

  std::optional<http::ConnectionOptions> options;
  if (head.has_connection_options) options.emplace(head.fields);
  const http::ConnectionOptions* const nominated = options ? &*options : nullptr;
  const bool plain_copy = !request.snapshot.head_limits.allow_bare_lf;
  copy_fields(head.fields, FieldCopier{request.head_bytes, plain_copy, out},
              [&](const Field& field) { return is_passed_on(field, request, nominated); });
  append_agent_fields(request, out);
  out += request.extra_fields;
  out += kLineEnd;
}

void append_response_head(const OutgoingResponse& response, std::string& out) {
  const http::ResponseHead& head = response.head;
  char status[3];
  std::to_chars(status, status + sizeof status, head.status);
  out += "HTTP/1.1 ";
  out.append(status, sizeof status);
  out += ' ';
  out += head.reason;
  out += kLineEnd;

  // Some nodes send Content-Length: 0 where RFC 9110 section 8.6 forbids any.
  const bool without_body = head.status < 200 || head.status == 204;
  std::optional<http::ConnectionOptions> options;
  if (head.has_connection_options) options.emplace(head.fields);
  copy_fields(head.fields, FieldCopier{response.head_bytes, response.plain_copy, out},
              [&](const Field& field) {
                return !http::is_hop_by_hop(field.id, response.pass_trailers) &&
                       !(without_body && field.id == FieldId::content_length) &&
                       !(options && options->nominates(field));
              });
  out += response.extra_fields;
  if (response.chunked) append_line(out, "Transfer-Encoding", "chunked");
  if (response.upgrade) {
    append_line(out, "Connection", "Upgrade");
    append_line(out, "Upgrade", head.find(FieldId::upgrade)->value);
  } else if (response.close) {
    append_line(out, "Connection", "close");
  } else if (response.keep_alive_1_0) {
    append_line(out, "Connection", "keep-alive");
  }
  out += kLineEnd;
}

}  // namespace pushgate::agent
