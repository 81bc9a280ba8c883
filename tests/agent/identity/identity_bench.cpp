// What a request pays for its identity: the default rules on a browser's polling request.

#include <string>

#include <benchmark/benchmark.h>

#include "pushgate/agent/identity/identity_chain.hpp"

#include "agent/identity/evaluate_now.hpp"
#include "agent/identity/parsed_request.hpp"

namespace pushgate::agent {
namespace {

using Kind = config::IdentitySourceConfig::Kind;

// Twelve fields with Host, as a browser sends them; the Cookie line is 100 bytes of value.
const std::string kBrowserFields =
    "Connection: keep-alive\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36\r\n"
    "Accept: */*\r\n"
    "Origin: https://chat.example.com\r\n"
    "Referer: https://chat.example.com/rooms/42\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n"
    "X-Requested-With: XMLHttpRequest\r\n";
const std::string kCookie =
    "Cookie: _ga=GA1.2.1234567890.1700000000; theme=dark; "
    "session=0123456789abcdef0123456789abcdef; "
    "uid=alice42\r\n";
const std::string kTarget =
    "/socket.io/?EIO=4&transport=polling&t=OxYz123&sid=AbCdEfGh&product=chat";

void run(benchmark::State& state, const config::IdentityConfig& config, const std::string& target,
         const std::string& fields) {
  const IdentityChain chain{config};
  const ParsedRequest request{target, fields};
  for (auto _ : state) {
    benchmark::DoNotOptimize(evaluate_now(chain, request.view()));
  }
}

void default_rules_cookie(benchmark::State& state) {
  run(state, {}, kTarget, kBrowserFields + kCookie);
}
BENCHMARK(default_rules_cookie);

void default_rules_query(benchmark::State& state) {
  run(state, {}, kTarget + "&uid=alice42", kBrowserFields);
}
BENCHMARK(default_rules_query);

void default_rules_long_uid(benchmark::State& state) {
  run(state, {}, kTarget + "&uid=0123456789abcdef0123456789abcdef", kBrowserFields);
}
BENCHMARK(default_rules_long_uid);

void missing_uid(benchmark::State& state) { run(state, {}, kTarget, kBrowserFields); }
BENCHMARK(missing_uid);

void header_rule(benchmark::State& state) {
  config::IdentityConfig config;
  config.uid = {{Kind::header, "x-user-id"}};
  run(state, config, kTarget, kBrowserFields + "X-User-Id: alice42\r\n");
}
BENCHMARK(header_rule);

void path_rule(benchmark::State& state) {
  config::IdentityConfig config;
  config.uid = {{Kind::path, "^/u/(?P<v>[^/]+)/"}};
  run(state, config, "/u/alice42/socket.io/?EIO=4", kBrowserFields);
}
BENCHMARK(path_rule);

}  // namespace
}  // namespace pushgate::agent
