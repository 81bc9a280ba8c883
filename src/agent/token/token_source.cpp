#include "agent/token/token_source.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/runtime/rate_limit.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "agent/token/key_files.hpp"
#include "agent/token/remote_keys.hpp"
#include "agent/token/token_cache.hpp"
#include "agent/token/token_key.hpp"
#include "agent/token/token_place.hpp"
#include "agent/token/token_verifier.hpp"

namespace pushgate::agent {

namespace {

/// A URL's keys as this source uses them: those with the id and for the algorithm that it names.
struct RemoteUse {
  std::shared_ptr<RemoteKeys> keys;
  std::string algorithm;
  std::string key_id;
};

constexpr std::string_view kChallenge = "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n";

SourceValue refusal_for(TokenFault fault) {
  const std::string_view rule = fault == TokenFault::expired ? "expired_token" : "invalid_token";
  SourceValue value = SourceValue::refused({401, rule, message_of(fault)});
  value.extras = std::make_unique<SourceExtras>();
  value.extras->answer_fields = kChallenge;
  return value;
}

/// True if another key could have made a difference.
bool lacks_key(TokenFault fault) noexcept {
  return fault == TokenFault::unknown_key || fault == TokenFault::wrong_algorithm ||
         fault == TokenFault::bad_signature;
}

TokenPolicy policy_of(const config::TokenSourceConfig& config) {
  return {.claim = config.claim,
          .issuers = config.issuers,
          .audiences = config.audiences,
          .leeway = config.leeway,
          .require_expiry = config.require_expiry};
}

class TokenSource final : public IdentitySource {
 public:
  TokenSource(const config::TokenSourceConfig& config, KeySet::Keys local,
              std::vector<RemoteUse> remote, std::size_t threads)
      : place_(config.from, config.name),
        policy_(policy_of(config)),
        description_("jwt claim \"" + config.claim + "\" of " + place_.describe()),
        local_(std::move(local)),
        remote_(std::move(remote)) {
    const auto keys = std::make_shared<const KeySet>(local_);
    for (std::size_t i = 0; i < threads; ++i) {
      threads_.push_back(std::make_unique<Thread>(TokenVerifier{keys, policy_},
                                                  config.cache_entries, remote_.size()));
    }
  }

  SourceValue look(const RequestView& request) const override {
    return look(request, /*may_wait=*/true);
  }

  std::string describe() const override { return description_; }

 private:
  /// What belongs to one io thread.
  struct Thread {
    Thread(TokenVerifier first, std::size_t cache_entries, std::size_t urls)
        : verifier(std::move(first)), cache(cache_entries), versions(urls) {}

    TokenVerifier verifier;
    TokenCache cache;
    std::vector<std::uint64_t> versions;  ///< of remote_, that the verifier knows
    std::string buffer;
  };

  SourceValue look(const RequestView& request, bool may_wait) const {
    using Outcome = TokenPlace::Finding::Kind;
    Thread& mine = *threads_[request.thread->index()];
    const TokenPlace::Finding finding = place_.find(request.head, mine.buffer);
    switch (finding.kind) {
      case Outcome::missing:
        return {};
      case Outcome::malformed:
        return SourceValue::of(SourceValue::Kind::malformed);
      case Outcome::conflicting:
        return SourceValue::of(SourceValue::Kind::conflicting);
      case Outcome::found:
        break;
    }
    if (!remote_.empty()) take_new_keys(mine, *request.thread);
    return judge(request, finding.token, mine, may_wait);
  }

  SourceValue judge(const RequestView& request, std::string_view token, Thread& mine,
                    bool may_wait) const {
    SourceMetrics& metrics = request.thread->metrics();
    const WallTime now = wall_time_now();
    if (const std::string* const uid = mine.cache.find(token, now)) {
      metrics.token_cache_hits.add();
      return SourceValue::found(*uid);
    }
    TokenVerdict verdict = mine.verifier.verify(token, now);
    if (verdict.fault == TokenFault::none) {
      metrics.tokens_verified.add();
      mine.cache.add(token, verdict);
      return SourceValue::found(std::move(verdict.uid));
    }
    if (!remote_.empty() && lacks_key(verdict.fault)) {
      if (may_wait && is_fetching(*request.thread, verdict.fault)) {
        return SourceValue::later(look_again(request));
      }
      if (lacks_keys_of_a_url()) return unavailable(*request.thread);
    }
    return refuse(*request.thread, verdict.fault);
  }

  void take_new_keys(Thread& mine, SourceThread& thread) const {
    bool changed = false;
    for (std::size_t i = 0; i < remote_.size(); ++i) {
      remote_[i].keys->refresh_if_due(thread);
      const std::uint64_t version = remote_[i].keys->version();
      changed = changed || std::exchange(mine.versions[i], version) != version;
    }
    if (!changed) return;
    KeySet::Keys keys = local_;
    for (const RemoteUse& use : remote_) {
      const std::shared_ptr<const KeySet> fetched = use.keys->keys();
      if (!fetched) continue;
      for (const auto& key : fetched->keys()) {
        if (auto fit = restricted(key, use.algorithm, use.key_id)) keys.push_back(std::move(fit));
      }
    }
    // A key that is gone must not live on in what was verified with it.
    mine.cache.clear();
    mine.verifier = TokenVerifier{std::make_shared<const KeySet>(std::move(keys)), policy_};
  }

  /// Asks for the keys that the token may need. True if they are on their way.
  bool is_fetching(SourceThread& thread, TokenFault fault) const {
    bool fetching = false;
    for (const RemoteUse& use : remote_) {
      if (use.keys->version() == 0) {
        fetching = use.keys->request(thread, KeyNeed::first) || fetching;
      } else if (fault == TokenFault::unknown_key) {
        fetching = use.keys->request(thread, KeyNeed::unknown) || fetching;
      }
    }
    return fetching;
  }

  runtime::Task<SourceValue> look_again(RequestView request) const {
    const TimePoint deadline =
        request.thread->reactor().now() + remote_.front().keys->longest_wait();
    for (const RemoteUse& use : remote_) {
      RemoteKeys::Wait wait{use.keys, *request.thread, deadline};
      co_await wait.done();
    }
    co_return look(request, /*may_wait=*/false);
  }

  bool lacks_keys_of_a_url() const noexcept {
    return std::any_of(remote_.begin(), remote_.end(),
                       [](const RemoteUse& use) { return use.keys->version() == 0; });
  }

  static SourceValue unavailable(SourceThread& thread) {
    thread.metrics().tokens_refused.add();
    return SourceValue::refused(
        {503, "keys_unavailable", "The keys for tokens cannot be fetched at the moment."});
  }

  SourceValue refuse(SourceThread& thread, TokenFault fault) const {
    thread.metrics().tokens_refused.add();
    if (fault != TokenFault::expired) {  // which happens to everybody
      thread.log().warn("token refused", name_of(fault),
                        {{"reason", name_of(fault)}, {"source", description_}});
    }
    return refusal_for(fault);
  }

  TokenPlace place_;
  TokenPolicy policy_;
  std::string description_;
  KeySet::Keys local_;
  std::vector<RemoteUse> remote_;
  std::vector<std::unique_ptr<Thread>> threads_;
};

/// The keys of this machine; the first fault ends it.
std::string load_local_keys(const config::TokenSourceConfig& config, KeySet::Keys& keys) {
  for (const config::TokenKeyConfig& key : config.keys) {
    if (key.kind == config::TokenKeyConfig::Kind::jwks_url) continue;
    LoadedKeys loaded = load_keys(key);
    if (!loaded.keys) return loaded.fault;
    keys.insert(keys.end(), loaded.keys->keys().begin(), loaded.keys->keys().end());
  }
  return {};
}

}  // namespace

SourcePtr make_token_source(const config::TokenSourceConfig& config, KeyBoard& board,
                            std::size_t threads, std::string& fault) {
  KeySet::Keys local;
  fault = load_local_keys(config, local);
  if (!fault.empty()) return nullptr;
  std::vector<RemoteUse> remote;
  for (const config::TokenKeyConfig& key : config.keys) {
    if (key.kind != config::TokenKeyConfig::Kind::jwks_url) continue;
    remote.push_back({board.keys_of(key.text, key.refresh), key.algorithm, key.key_id});
  }
  return std::make_unique<TokenSource>(config, std::move(local), std::move(remote), threads);
}

std::string find_key_fault(const config::TokenSourceConfig& config) {
  KeySet::Keys keys;
  return load_local_keys(config, keys);
}

}  // namespace pushgate::agent
