#pragma once
// redis_link.hpp - what all buses over Redis share: one connection to send, one to listen, the
// leases of the processes, and how it stands with all that.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "pushgate/node/bus/redis_bus.hpp"
#include "pushgate/redis/client.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "node/bus/bus_wire.hpp"
#include "node/bus/node_directory.hpp"

namespace pushgate::node {

/// Lives on the bus thread.
class RedisLink {
 public:
  RedisLink(RedisBusContext context, const RedisBusSettings& settings, std::string uid,
            std::unique_ptr<redis::Client> client);
  ~RedisLink();

  struct Handlers {
    std::function<void(const redis::Message&)> message;
    /// The connection that listens was lost and is back.
    std::function<void()> gap;
  };
  void start(WireEvents& events, Handlers handlers);

  const std::string& uid() const noexcept { return directory_.own_uid(); }
  redis::Client& client() noexcept { return *client_; }
  const NodeDirectory& directory() const noexcept { return directory_; }
  runtime::Reactor& reactor() noexcept { return context_.thread.reactor(); }

  void subscribe(redis::SubscriptionKind kind, const std::string& channel);
  void unsubscribe(redis::SubscriptionKind kind, const std::string& channel);

  /// Sends a broadcast or command and counts what becomes of it. `order`: what has the same is
  /// executed in order.
  void send(redis::Command command, const std::string& order, PublishDone done);

  /// How a process's own channel in a namespace is called.
  using OwnChannel = std::function<std::string(const std::string& uid)>;
  /// Counts the subscribers of `channel`, and which of the known processes are among them; then
  /// WireEvents::on_census. If that cannot be found out: on_unreachable, or nothing with `quiet`.
  void count(const std::string& request_id, bool sharded, const std::string& channel,
             const OwnChannel& own_channel, bool quiet);
  void report_unreachable(const std::string& request_id);

  /// A further connection of the wire's own works or does not; `what` names it.
  void set_part(const std::string& what, const redis::ConnectionState& state);

  void close(std::function<void()> done);

 private:
  class LeaseTimer;

  void keep_lease();
  void on_lease(const Result<redis::Reply>& reply);
  void tell_status();

  RedisBusContext context_;
  std::string lease_key_;
  std::string lease_member_;
  std::chrono::milliseconds lease_;
  std::unique_ptr<redis::Client> client_;
  std::unique_ptr<redis::Subscriber> subscriber_;
  NodeDirectory directory_;
  std::unique_ptr<LeaseTimer> lease_timer_;
  WireEvents* events_ = nullptr;
  std::map<std::string, redis::ConnectionState> parts_;
  bool leases_work_ = true;
  bool closed_ = false;
};

}  // namespace pushgate::node
