// What a token costs: verified, and remembered.

#include <string>

#include <benchmark/benchmark.h>

#include "agent/token/token_vectors.hpp"
#include "agent/token/token_verifier.hpp"

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
BENCHMARK(verify)->DenseRange(0, 12);

}  // namespace
}  // namespace pushgate::agent
