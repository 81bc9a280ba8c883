#pragma once
// push_service.hpp - pushes to users: one broadcast with acknowledgement for each uid, and the
// mailbox if nobody acknowledges.

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "pushgate/node/bus/bus.hpp"
#include "pushgate/node/push.hpp"
#include "pushgate/node/store/store.hpp"
#include "pushgate/node/transport/sid.hpp"
#include "pushgate/runtime/io_threads.hpp"

namespace pushgate::node {

class NodeCore;

/// Lives on the bus thread. `core` asks the other nodes in the name of all.
class PushService final : public Push {
 public:
  PushService(runtime::IoThread& thread, NodeCore& core, Bus& bus, Store& store);
  PushService(const PushService&) = delete;
  PushService& operator=(const PushService&) = delete;
  ~PushService() override;

  std::string push(PushRequest request, PushDone done) override;
  void status(std::string message_id, PushStatusDone done) override;
  const PushMetrics& metrics() const noexcept override { return metrics_; }

  /// Ends what is pending as if its time were up. Any thread.
  void close();

 private:
  struct Message;
  struct Target;
  using MessagePtr = std::shared_ptr<Message>;

  void begin(const MessagePtr& message);
  void broadcast(const MessagePtr& message, std::string uid, bool is_second);
  void ask(Target& target);
  /// Runs `change` on the bus thread if the target is still waited for.
  void later(std::uint64_t target, std::function<void(Target&)> change);
  void look_at(Target& target);
  void end(Target& target);
  void put_away(const MessagePtr& message, const PushStatus& status);
  void report(const MessagePtr& message, const PushStatus& status);

  runtime::IoThread& thread_;
  NodeCore& core_;
  Bus& bus_;
  Store& store_;
  PushMetrics metrics_;
  std::uint64_t next_target_ = 1;
  std::unordered_map<std::uint64_t, std::unique_ptr<Target>> targets_;

  std::mutex ids_mutex_;
  IdGenerator ids_{0, 0};
};

}  // namespace pushgate::node
