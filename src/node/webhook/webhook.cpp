#include "node/webhook/webhook.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "node/webhook/webhook_event.hpp"
#include "node/webhook/webhook_observer.hpp"

namespace pushgate::node {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{200};
constexpr milliseconds kLongestPause{30'000};
constexpr milliseconds kGrace{2'000};

std::string random_prefix() {
  std::random_device random;
  return std::to_string(random()) + "-" + std::to_string(random()) + "-";
}

std::int64_t unix_seconds() noexcept {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Webhook::Webhook(runtime::Log& log) : rare_log_(log), id_prefix_(random_prefix()) {}

Webhook::~Webhook() { stop(); }

void Webhook::configure(const std::optional<config::WebhookConfig>& config) {
  unsigned wanted = 0;
  if (config) {
    for (const config::WebhookEvent event : config->events) wanted |= bit_of(event);
    queue_.set_limit(config->queue_bytes);
    const std::lock_guard lock(mutex_);
    settings_ = std::make_shared<const config::WebhookConfig>(*config);
  }
  wanted_.store(wanted, std::memory_order_relaxed);
  if (config && !thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void Webhook::stop() {
  if (!thread_.joinable()) return;
  queue_.close();
  const auto until = std::chrono::steady_clock::now() + kGrace;
  {
    std::unique_lock lock(mutex_);
    finish_.wait_until(lock, until, [this] { return finished_; });
  }
  post_.give_up();
  thread_.join();
}

std::unique_ptr<EventObserver> Webhook::make_observer(const std::string& node) {
  return std::make_unique<WebhookObserver>(*this, node);
}

void Webhook::tell(std::string event) {
  events_.fetch_add(1, std::memory_order_relaxed);
  queue_.put(std::move(event));
}

const std::string& Webhook::place_of(const std::string& node, std::string_view nsp,
                                     std::string_view room) {
  return place_.assign(node).append("\n").append(nsp).append("\n").append(room);
}

bool Webhook::occupy(const std::string& node, std::string_view nsp, std::string_view room) {
  const std::lock_guard lock(mutex_);
  return ++occupied_[place_of(node, nsp, room)] == 1;
}

bool Webhook::vacate(const std::string& node, std::string_view nsp, std::string_view room) {
  const std::lock_guard lock(mutex_);
  const auto found = occupied_.find(place_of(node, nsp, room));
  if (found == occupied_.end() || --found->second > 0) return false;
  occupied_.erase(found);
  return true;
}

std::shared_ptr<const config::WebhookConfig> Webhook::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

void Webhook::run() {
  for (;;) {
    const auto now = settings();
    const std::vector<std::string> batch = queue_.take({now->batch_size, now->batch_delay});
    if (batch.empty()) break;
    std::atomic<std::uint64_t>& outcome = deliver(batch) ? delivered_ : lost_;
    outcome.fetch_add(batch.size(), std::memory_order_relaxed);
  }
  const std::lock_guard lock(mutex_);
  finished_ = true;
  finish_.notify_all();
}

bool Webhook::deliver(const std::vector<std::string>& batch) {
  const std::string body = webhook_body(batch);
  const std::string id = id_prefix_ + std::to_string(next_id_++);
  milliseconds pause = kFirstPause;
  for (unsigned attempt = 0;; ++attempt) {
    // Read anew: whoever mends the URL wants the batches that wait to go there.
    const auto now = settings();
    const std::int64_t timestamp = unix_seconds();
    std::vector<std::string> fields{"Content-Type: application/json",
                                    "Expect:", "X-Pushgate-Delivery: " + id,
                                    "X-Pushgate-Timestamp: " + std::to_string(timestamp)};
    if (!now->secret.empty()) {
      fields.push_back("X-Pushgate-Signature: " + webhook_signature(now->secret, timestamp, body));
    }
    requests_.fetch_add(1, std::memory_order_relaxed);
    const PostOutcome outcome = post_.send(now->url, body, fields, now->timeout);
    if (outcome.succeeded()) return true;
    const std::string error =
        outcome.status == 0 ? outcome.error : "status " + std::to_string(outcome.status);
    rare_log_.warn("webhook failed", error, {{"error", error}, {"events", batch.size()}});
    if (!outcome.may_be_tried_again() || attempt >= now->retries) return false;
    // At the end there is one attempt for each batch, and no waiting.
    if (!queue_.pause(pause)) return false;
    retries_.fetch_add(1, std::memory_order_relaxed);
    pause = std::min(2 * pause, kLongestPause);
  }
}

void Webhook::collect_metrics(std::vector<runtime::MetricFamily>& out) const {
  const auto add = [&out](std::string_view name, std::string_view help, std::uint64_t value,
                          runtime::MetricType type = runtime::MetricType::counter) {
    out.push_back({name, help, type, {{{}, static_cast<double>(value), {}}}});
  };
  add("pushgate_webhook_events_total", "Events that the webhook is to be told",
      events_.load(std::memory_order_relaxed));
  add("pushgate_webhook_delivered_total", "Events that the receiver has accepted",
      delivered_.load(std::memory_order_relaxed));
  add("pushgate_webhook_lost_total", "Events that the receiver did not accept in any attempt",
      lost_.load(std::memory_order_relaxed));
  add("pushgate_webhook_dropped_total", "Events dropped because the queue was full",
      queue_.dropped());
  add("pushgate_webhook_requests_total", "Requests sent to the webhook, repetitions among them",
      requests_.load(std::memory_order_relaxed));
  add("pushgate_webhook_retries_total", "Requests that repeated a failed one",
      retries_.load(std::memory_order_relaxed));
  add("pushgate_webhook_queued_bytes", "Bytes of events that wait for the webhook", queue_.bytes(),
      runtime::MetricType::gauge);
}

}  // namespace pushgate::node
