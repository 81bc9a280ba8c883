#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pushgate/redis/client.hpp"

#include "agent/identity/text_template.hpp"
#include "agent/lookup/json_place.hpp"
#include "agent/lookup/look_up.hpp"
#include "agent/lookup/lookup_sources.hpp"
#include "agent/lookup/question.hpp"

namespace pushgate::agent {

namespace {

constexpr Refusal kUnavailable{503, "lookup_unavailable",
                               "The user cannot be looked up at the moment."};

enum class Verb { get, hget, json_get };

Verb verb_of(std::string_view command) noexcept {
  if (command == "HGET") return Verb::hget;
  return command == "JSON.GET" ? Verb::json_get : Verb::get;
}

/// What an answer needs after its source may have gone with its configuration.
class RedisLookup {
 public:
  explicit RedisLookup(const config::RedisSourceConfig& config)
      : failures{config.on_error, config.command + ' ' + config.key},
        is_json_(verb_of(config.command) == Verb::json_get || !config.json.empty()),
        way_(split_way(config.json)) {
    // A path in JSONPath's own syntax brings a list of all that it fits; the first one counts.
    if (verb_of(config.command) == Verb::json_get && config.field.starts_with('$')) {
      way_.insert(way_.begin(), "0");
    }
  }

  LookupAnswer judge(SourceThread& thread, const Result<redis::Reply>& reply) const {
    if (!reply) {
      if (reply.error() == redis::Error::timed_out) thread.metrics().lookup_timeouts.add();
      return fail(thread, reply.error().message());
    }
    if (reply->is_error()) return fail(thread, "Redis: " + std::string{reply->error_word()});
    LookupAnswer answer;
    if (reply->is_nil()) return answer;
    if (!reply->is_text()) return fail(thread, "the answer is no text");
    if (!is_json_) {
      answer.value = reply->text;
    } else {
      JsonFinding finding = find_in_json(reply->text, way_);
      if (finding.kind == JsonFinding::Kind::unusable) {
        return fail(thread, "no uid where it should be in the value");
      }
      answer.value = std::move(finding.value);
    }
    if (!answer.value.empty()) answer.kind = SourceValue::Kind::found;
    return answer;
  }

  LookupAnswer fail(SourceThread& thread, std::string_view reason) const {
    return failed_lookup(thread, failures, kUnavailable, reason);
  }

  FailureRule failures;

 private:
  bool is_json_;
  std::vector<std::string> way_;
};

class RedisSource final : public IdentitySource {
 public:
  RedisSource(const config::RedisSourceConfig& config, CachesPtr caches)
      : command_(config.command),
        key_(config.key),
        field_(config.field),
        has_field_(!config.field.empty()),
        timeout_(config.timeout),
        lookup_(std::make_shared<const RedisLookup>(config)),
        caches_(std::move(caches)) {}

  SourceValue look(const RequestView& request) const override {
    SourceThread& thread = *request.thread;
    LookupCache& cache = caches_->of(thread.index());
    // The key, a zero byte, the field, and where the one ends: different words, different texts.
    std::string& text = cache.blank_key();
    if (!key_.append_to(text, request)) return {};
    const std::size_t key_bytes = text.size();
    text += '\0';
    if (has_field_ && !field_.append_to(text, request)) return {};
    text += '\0';
    text += std::to_string(key_bytes);
    redis::Client* const client = thread.redis();
    if (client == nullptr) return lookup_->fail(thread, "no Redis is configured").to_value();
    const std::string_view whole{text};
    const std::string_view field = whole.substr(key_bytes + 1, whole.rfind('\0') - key_bytes - 1);
    return look_up(cache, thread, whole, [&](const FlightPtr& flight) {
      ask(*client, thread, flight, whole.substr(0, key_bytes), field);
    });
  }
  std::string describe() const override { return "redis \"" + lookup_->failures.source + '"'; }

 private:
  void ask(redis::Client& client, SourceThread& thread, const FlightPtr& flight,
           std::string_view key, std::string_view field) const {
    redis::Command command{command_, key};
    if (has_field_) command.arg(field);
    const auto asked = std::make_shared<Question>(
        thread, caches_, flight, Question::Failing{{lookup_, &lookup_->failures}, kUnavailable});
    client.execute(
        std::move(command), key,
        [lookup = lookup_, asked](const Result<redis::Reply>& reply) {
          asked->end(lookup->judge(asked->thread(), reply));
        },
        timeout_);
  }

  std::string command_;
  TextTemplate key_;
  TextTemplate field_;
  bool has_field_;
  std::chrono::milliseconds timeout_;
  std::shared_ptr<const RedisLookup> lookup_;
  CachesPtr caches_;
};

std::string configuration_of(const config::RedisSourceConfig& config) {
  return canonical_text({"redis", config.command, config.key, config.field, config.json,
                         std::to_string(config.timeout.count()),
                         std::to_string(config.cache.count()), std::to_string(config.cache_entries),
                         std::to_string(static_cast<int>(config.on_error))});
}

}  // namespace

SourcePtr make_redis_source(const config::RedisSourceConfig& config, LookupBoard& board) {
  return std::make_unique<RedisSource>(
      config, board.caches(configuration_of(config), {config.cache, config.cache_entries}));
}

}  // namespace pushgate::agent
