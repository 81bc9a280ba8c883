// Any bytes as a request head: if it parses, the identity rules come to a sound verdict about it.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pushgate/agent/identity/identity_chain.hpp"
#include "pushgate/http/head_parser.hpp"

#include "agent/identity/evaluate_now.hpp"

namespace {

using pushgate::agent::IdentityChain;
using pushgate::agent::RequestView;
using Config = pushgate::config::IdentityConfig;
using Kind = pushgate::config::IdentitySourceConfig::Kind;

void require(bool holds) {
  if (!holds) std::abort();
}

Config path_rules() {
  Config config;
  config.uid = {{Kind::path, "^/u/(?P<v>[^/]+)/"}, {Kind::header, "x-user-id"}};
  config.product = {{Kind::path, "/p/(?P<v>[^/]*)(x|y)*$"}};
  return config;
}

void check(const IdentityChain& chain, const RequestView& request) {
  const auto verdict = evaluate_now(chain, request);
  if (!verdict.identity) {
    require(!verdict.refusal.rule.empty() && verdict.refusal.status >= 400);
    return;
  }
  require(pushgate::Identity::valid_uid(verdict.identity->uid()));
  require(pushgate::Identity::valid_product(verdict.identity->product()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const IdentityChain defaults{Config{}};
  static const IdentityChain paths{path_rules()};
  static const pushgate::IpAddress client;

  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  pushgate::http::RequestHead head;
  std::size_t scanned = 0;
  const auto outcome = pushgate::http::parse_request_head(bytes, {}, scanned, head);
  if (outcome.status != pushgate::http::HeadStatus::done) return 0;
  check(defaults, {head, client});
  check(paths, {head, client});
  return 0;
}
