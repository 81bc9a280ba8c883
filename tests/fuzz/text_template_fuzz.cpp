// The first line as a template, the rest as a request head: what parses is filled in, and the parts
// of a template are its text.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pushgate/config/text_template.hpp"
#include "pushgate/http/head_parser.hpp"

#include "agent/identity/text_template.hpp"

namespace {

using pushgate::config::ParsedTemplate;
using pushgate::config::TemplatePart;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view word_of(TemplatePart::Kind kind) {
  switch (kind) {
    case TemplatePart::Kind::literal:
      return "";
    case TemplatePart::Kind::cookie:
      return "cookie.";
    case TemplatePart::Kind::query:
      return "query.";
    case TemplatePart::Kind::header:
      return "header.";
    case TemplatePart::Kind::client:
      return "client";
    case TemplatePart::Kind::host:
      return "host";
    case TemplatePart::Kind::method:
      return "method";
    case TemplatePart::Kind::path:
      return "path";
    case TemplatePart::Kind::uri:
      return "uri";
  }
  std::abort();
}

/// The text that a template was parsed from.
std::string written(const ParsedTemplate& parsed) {
  std::string out;
  for (const TemplatePart& part : parsed.parts) {
    if (part.kind != TemplatePart::Kind::literal) {
      ((out += '{') += word_of(part.kind)) += part.text + '}';
      continue;
    }
    for (const char c : part.text) out += c == '{' || c == '}' ? std::string(2, c) : std::string{c};
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const std::size_t end = bytes.find('\n');
  const std::string_view text = bytes.substr(0, end);
  const ParsedTemplate parsed = pushgate::config::parse_template(text);
  if (!parsed.fault.empty()) return 0;
  require(parsed.parts.size() <= 32);
  require(written(parsed) == text);
  if (end == bytes.npos) return 0;

  pushgate::http::RequestHead head;
  std::size_t scanned = 0;
  const auto outcome = pushgate::http::parse_request_head(bytes.substr(end + 1), {}, scanned, head);
  if (outcome.status != pushgate::http::HeadStatus::done) return 0;
  const pushgate::IpAddress client;
  const pushgate::agent::TextTemplate filled{text};
  std::string out = "kept";
  if (filled.append_to(out, {head, client})) require(out.starts_with("kept"));
  return 0;
}
