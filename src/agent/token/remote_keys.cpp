#include "agent/token/remote_keys.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "pushgate/agent/identity/source_thread.hpp"
#include "pushgate/runtime/rate_limit.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::agent {

namespace {

constexpr std::size_t kMaxAnswerBytes = 256 * 1024;
constexpr std::chrono::milliseconds kFetchTimeout{5'000};

}  // namespace

/// Held by the callback of a fetch: a callback that is forgotten (its thread ends) ends the fetch
/// too, so that another thread can start one.
struct RemoteKeys::Attempt {
  explicit Attempt(std::shared_ptr<RemoteKeys> owner) : keys(std::move(owner)) {}
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt() {
    if (!finished) keys->abandon();
  }

  std::shared_ptr<RemoteKeys> keys;
  bool finished = false;
};

RemoteKeys::Wait::Wait(std::shared_ptr<RemoteKeys> keys, SourceThread& thread, TimePoint deadline)
    : keys_(std::move(keys)), reactor_(thread.reactor()) {
  {
    const std::lock_guard lock{keys_->mutex_};
    if (keys_->fetching_) {
      keys_->waiting_.push_back(this);
      reactor_.arm(*this, deadline);
      return;
    }
  }
  done_.setter()(true);
}

RemoteKeys::Wait::~Wait() {
  const std::lock_guard lock{keys_->mutex_};
  std::erase(keys_->waiting_, this);
}

void RemoteKeys::Wait::on_timer(TimePoint) {
  const auto done = done_.setter();
  done(false);  // may destroy this
}

RemoteKeys::RemoteKeys(std::string url, const KeyBoard::Timing& timing)
    : url_(std::move(url)), timing_(timing) {}

std::shared_ptr<const KeySet> RemoteKeys::keys() const {
  const std::lock_guard lock{mutex_};
  return keys_;
}

void RemoteKeys::set_refresh(Clock::duration refresh) {
  const std::lock_guard lock{mutex_};
  refresh_ = refresh;
}

void RemoteKeys::refresh_if_due(SourceThread& thread) {
  const TimePoint now = thread.reactor().now();
  if (now.time_since_epoch().count() < due_.load(std::memory_order_relaxed)) return;
  {
    const std::lock_guard lock{mutex_};
    if (fetching_ || now.time_since_epoch().count() < due_.load(std::memory_order_relaxed)) return;
    fetching_ = true;
  }
  start(thread);
}

bool RemoteKeys::request(SourceThread& thread, KeyNeed need) {
  const TimePoint now = thread.reactor().now();
  {
    const std::lock_guard lock{mutex_};
    if (fetching_) return true;
    if (now < (need == KeyNeed::first ? next_first_ : next_unknown_)) return false;
    if (need == KeyNeed::unknown) next_unknown_ = now + timing_.unknown_key_interval;
    fetching_ = true;
  }
  start(thread);
  return true;
}

void RemoteKeys::start(SourceThread& thread) {
  thread.metrics().lookups.add();
  fetch::Request request;
  request.url = url_;
  request.fields = {{"Accept", "application/jwk-set+json, application/json"}};
  request.timeout = kFetchTimeout;
  request.max_body = kMaxAnswerBytes;
  thread.http().start(std::move(request), [attempt = std::make_shared<Attempt>(shared_from_this()),
                                           &thread](const Result<fetch::Response>& result) {
    attempt->finished = true;
    attempt->keys->finish(thread, result);
  });
}

void RemoteKeys::finish(SourceThread& thread, const Result<fetch::Response>& result) {
  LoadedKeys loaded;
  if (!result) {
    loaded.fault = result.error().message();
  } else if (result->status != 200) {
    loaded.fault = "the answer has status " + std::to_string(result->status);
  } else {
    loaded = KeySet::from_jwks(result->body, {});
  }
  if (!loaded.keys) thread.metrics().lookup_failures.add();
  if (!loaded.fault.empty()) {
    thread.log().warn(loaded.keys ? "a key for tokens was left out" : "no keys for tokens", url_,
                      {{"url", shown_url()}, {"reason", loaded.fault}});
  }
  settle(std::move(loaded.keys), result ? result->body : std::string{}, thread.reactor().now());
}

void RemoteKeys::settle(std::shared_ptr<const KeySet> keys, std::string text, TimePoint now) {
  const std::lock_guard lock{mutex_};
  fetching_ = false;
  Clock::duration pause = refresh_;
  if (!keys) {
    pause = std::min(refresh_, timing_.retry);
    next_first_ = now + timing_.first_retry;
  } else if (text != text_) {
    keys_ = std::move(keys);
    text_ = std::move(text);
    version_.fetch_add(1, std::memory_order_release);
  }
  if (keys_) due_.store((now + pause).time_since_epoch().count(), std::memory_order_relaxed);
  for (Wait* const wait : waiting_) {
    // Under the lock: a Wait that is listed lives, and so does its thread.
    boost::asio::post(wait->reactor_.io(),
                      [&reactor = wait->reactor_, done = wait->done_.setter()] {
                        reactor.refresh_now();  // the thread may have slept for long
                        done(true);
                      });
  }
  waiting_.clear();
}

void RemoteKeys::abandon() noexcept {
  // Nobody is woken: threads are ending, and whoever still waits has a deadline.
  const std::lock_guard lock{mutex_};
  fetching_ = false;
}

/// Without a user's name, password or query, which may be secrets.
std::string RemoteKeys::shown_url() const {
  std::string url = url_.substr(0, url_.find_first_of("?#"));
  const std::size_t authority = url.find("://");
  if (authority == std::string::npos) return url;
  const std::size_t path = std::min(url.find('/', authority + 3), url.size());
  const std::size_t user = url.rfind('@', path);
  if (user != std::string::npos && user > authority) {
    url.erase(authority + 3, user + 1 - (authority + 3));
  }
  return url;
}

}  // namespace pushgate::agent
