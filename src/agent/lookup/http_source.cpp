#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "pushgate/fetch/client.hpp"

#include "agent/lookup/http_answer.hpp"
#include "agent/lookup/http_question.hpp"
#include "agent/lookup/look_up.hpp"
#include "agent/lookup/lookup_sources.hpp"
#include "agent/lookup/question.hpp"

namespace pushgate::agent {

namespace {

constexpr std::size_t kMaxAnswerBody = 65'536;
constexpr Refusal kUnavailable{503, "auth_unavailable",
                               "The authentication service cannot be asked at the moment."};
constexpr Refusal kTimeout{504, "auth_timeout",
                           "The authentication service has not answered in time."};

/// Without what may be secret: the user's part of the authority, and the query.
std::string shown_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t begin = url.find("://");
  if (begin == url.npos) return std::string{url};
  const std::size_t path = url.find('/', begin + 3);
  const std::size_t at = url.substr(0, path).rfind('@');
  if (at == url.npos) return std::string{url};
  return std::string{url.substr(0, begin + 3)} + std::string{url.substr(at + 1)};
}

/// What an answer needs after its source may have gone with its configuration.
struct HttpLookup {
  explicit HttpLookup(const config::HttpSourceConfig& config)
      : answers(config), failures{config.on_error, shown_url(config.url)} {}

  LookupAnswer judge(SourceThread& thread, Result<fetch::Response> response) const {
    if (!response) {
      const bool late = response.error() == fetch::Error::timed_out;
      if (late) thread.metrics().lookup_timeouts.add();
      return failed_lookup(thread, failures, late ? kTimeout : kUnavailable,
                           response.error().message());
    }
    HttpAnswerReader::Reading reading = answers.read(*response);
    if (reading.answer) return std::move(*reading.answer);
    return failed_lookup(thread, failures, kUnavailable, reading.fault);
  }

  HttpAnswerReader answers;
  FailureRule failures;
};

std::string configuration_of(const config::HttpSourceConfig& config) {
  std::string out = canonical_text(
      {"http", config.url, config.method, std::to_string(static_cast<int>(config.uid.kind)),
       config.uid.name, std::to_string(static_cast<int>(config.product.kind)), config.product.name,
       std::to_string(config.timeout.count()), std::to_string(config.cache.count()),
       std::to_string(config.cache_entries), std::to_string(static_cast<int>(config.on_error)),
       std::to_string(config.max_connections), std::to_string(config.forward.size())});
  for (const std::string& name : config.forward) append_word(out, name);
  for (const std::string& name : config.pass) append_word(out, name);
  return out;
}

class HttpSource final : public IdentitySource {
 public:
  HttpSource(const config::HttpSourceConfig& config, CachesPtr caches)
      : url_(config.url),
        method_(config.method),
        timeout_(config.timeout),
        question_(config),
        lookup_(std::make_shared<const HttpLookup>(config)),
        caches_(std::move(caches)) {}

  SourceValue look(const RequestView& request) const override {
    SourceThread& thread = *request.thread;
    LookupCache& cache = caches_->of(thread.index());
    std::string& key = cache.blank_key();
    question_.append_key(key, request);
    return look_up(cache, thread, key,
                   [&](const FlightPtr& flight) { ask(request, thread, flight); });
  }
  std::string describe() const override { return "http \"" + lookup_->failures.source + '"'; }

 private:
  void ask(const RequestView& request, SourceThread& thread, const FlightPtr& flight) const {
    fetch::Request question;
    question.method = method_;
    question.url = url_;
    question.fields = question_.fields(request);
    question.timeout = timeout_;
    question.max_body = kMaxAnswerBody;
    const auto asked = std::make_shared<Question>(
        thread, caches_, flight, Question::Failing{{lookup_, &lookup_->failures}, kUnavailable});
    const fetch::Client::Id id = thread.http().start(
        std::move(question), [lookup = lookup_, asked](Result<fetch::Response> response) {
          asked->end(lookup->judge(asked->thread(), std::move(response)));
        });
    flight->give_up = [&thread, id] { thread.http().cancel(id); };
  }

  std::string url_;
  std::string method_;
  std::chrono::milliseconds timeout_;
  HttpQuestion question_;
  std::shared_ptr<const HttpLookup> lookup_;
  CachesPtr caches_;
};

}  // namespace

SourcePtr make_http_source(const config::HttpSourceConfig& config, LookupBoard& board) {
  return std::make_unique<HttpSource>(
      config, board.caches(configuration_of(config), {config.cache, config.cache_entries}));
}

}  // namespace pushgate::agent
