// What a token costs: verified, as a request pays for it, and remembered.

#include <string>

#include <benchmark/benchmark.h>

#include "agent/identity/parsed_request.hpp"
#include "agent/token/algorithm.hpp"
#include "agent/token/token_source.hpp"
#include "agent/token/token_vectors.hpp"
#include "agent/token/token_verifier.hpp"
#include "support/source_thread.hpp"

namespace pushgate::agent {
namespace {

constexpr WallTime kNow{std::chrono::seconds{1'700'000'100}};

void verify(benchmark::State& state) {
  const SignedToken& token = kTokens[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(std::string{token.algorithm});
  TokenVerifier verifier{
      KeySet::from_jwks(kJwks, {}).keys,
      {.claim = "sub", .issuers = {"https://id.example"}, .audiences = {"push"}}};
  if (verifier.verify(token.token, kNow).uid != "alice42") state.SkipWithError("refused");
  for (auto _ : state) benchmark::DoNotOptimize(verifier.verify(token.token, kNow));
}
BENCHMARK(verify)->DenseRange(0, static_cast<int>(kAlgorithms) - 1);

/// The token of an Authorization field, with issuer and audience looked at.
void source(benchmark::State& state, std::uint64_t cache_entries) {
  config::TokenSourceConfig config;
  config.keys.push_back({.text = std::string{kSecret}, .algorithm = "HS256"});
  config.issuers = {"https://id.example"};
  config.audiences = {"push"};
  config.leeway = std::chrono::hours{24 * 365 * 100};
  config.cache_entries = cache_entries;
  KeyBoard board;
  std::string fault;
  const SourcePtr made = make_token_source(config, board, 1, fault);
  test::TestSourceThread thread;
  const ParsedRequest request{
      "/", "Authorization: Bearer " + std::string{kTokens.front().token} + "\r\n"};
  const RequestView view = thread.on_this_thread(request.view());
  if (made->look(view).value != "alice42") state.SkipWithError("refused");
  for (auto _ : state) benchmark::DoNotOptimize(made->look(view));
}
void source_verifies(benchmark::State& state) { source(state, 0); }
BENCHMARK(source_verifies);
void source_remembers(benchmark::State& state) { source(state, 10'000); }
BENCHMARK(source_remembers);

}  // namespace
}  // namespace pushgate::agent
