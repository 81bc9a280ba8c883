#pragma once
// webhook.hpp - tells a URL what clients do.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "pushgate/config/node_config.hpp"
#include "pushgate/node/event_observer.hpp"
#include "pushgate/runtime/log.hpp"
#include "pushgate/runtime/metrics.hpp"
#include "pushgate/runtime/rate_limit.hpp"

#include "node/webhook/http_post.hpp"
#include "node/webhook/webhook_queue.hpp"

namespace pushgate::node {

/// One for all nodes of a process, with a thread of its own that sends one batch after the other:
/// the order of events is kept, and a receiver that does not answer costs memory up to
/// `queueBytes` and nothing else.
///
/// A batch that fails (no connection, no answer in time, 408, 429, 5xx) is sent again after 200 ms,
/// 400 ms and so on up to 30 s, `retries` times; then, or if it is refused for good, it is lost and
/// counted. Each batch has an id that stays the same, so that a receiver can tell a repetition.
class Webhook final : public EventObserverSource {
 public:
  explicit Webhook(runtime::Log& log);
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;
  ~Webhook() override;

  /// Nullopt: nothing is told. Takes effect with the next event and the next batch. Control thread.
  void configure(const std::optional<config::WebhookConfig>& config);
  /// What is queued is sent once more, for two seconds at most. Idempotent.
  void stop();
  void collect_metrics(std::vector<runtime::MetricFamily>& out) const;

  std::unique_ptr<EventObserver> make_observer(const std::string& node) override;

  // ---- any thread
  bool wants(config::WebhookEvent event) const noexcept {
    return (wanted_.load(std::memory_order_relaxed) & bit_of(event)) != 0;
  }
  bool wants_any() const noexcept { return wanted_.load(std::memory_order_relaxed) != 0; }
  void tell(std::string event);
  /// A room has its first member on an io thread of a node, or has lost its last. True if that
  /// holds for the node.
  bool occupy(const std::string& node, std::string_view nsp, std::string_view room);
  bool vacate(const std::string& node, std::string_view nsp, std::string_view room);

 private:
  static constexpr unsigned bit_of(config::WebhookEvent event) noexcept {
    return 1u << static_cast<unsigned>(event);
  }
  std::shared_ptr<const config::WebhookConfig> settings() const;
  /// A key of occupied_, in memory that is used again. The caller has the lock.
  const std::string& place_of(const std::string& node, std::string_view nsp, std::string_view room);
  void run();
  /// False: the batch is lost.
  bool deliver(const std::vector<std::string>& batch);

  runtime::RateLimitedLog rare_log_;
  std::atomic<unsigned> wanted_{0};
  mutable std::mutex mutex_;
  std::condition_variable finish_;
  bool finished_ = false;
  std::shared_ptr<const config::WebhookConfig> settings_;
  std::string place_;
  std::unordered_map<std::string, unsigned> occupied_;  ///< io threads by "node\nnsp\nroom"
  WebhookQueue queue_;
  HttpPost post_;
  std::string id_prefix_;
  std::uint64_t next_id_ = 0;
  std::thread thread_;

  // Read by the control thread.
  std::atomic<std::uint64_t> events_{0};
  std::atomic<std::uint64_t> delivered_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> retries_{0};
};

}  // namespace pushgate::node
