#pragma once
// sharded_wire.hpp - other processes by sharded publish and subscribe (Redis 7).

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "node/bus/bus_wire.hpp"
#include "node/bus/cluster_codec.hpp"
#include "node/bus/redis_link.hpp"

namespace pushgate::node {

class ShardedWire final : public BusWire {
 public:
  ShardedWire(RedisBusContext context, RedisBusSettings settings, std::string uid,
              std::unique_ptr<redis::Client> client);

  void start(WireEvents& events) override;
  void open_namespace(const std::string& nsp) override;
  void close_namespace(const std::string& nsp) override;
  void want_room(const std::string& nsp, const std::string& room) override;
  void unwant_room(const std::string& nsp, const std::string& room) override;
  void want_socket(const std::string& nsp, const std::string& id) override;
  void unwant_socket(const std::string& nsp, const std::string& id) override;
  void publish(const Envelope& envelope, PublishDone done) override;
  void command(const Command& command) override;
  void ask(const std::string& request_id, const Request& request) override;
  void recount(const std::string& request_id, const std::string& nsp) override;
  void close(std::function<void()> done) override { link_.close(std::move(done)); }

 private:
  bool has_channel(std::string_view room) const;
  void on_message(const redis::Message& message);
  enum class Verdict : std::uint8_t { foreign, own, wanted };
  /// As far as it can be said without decoding.
  Verdict judge(std::string_view channel, std::string_view payload) const;
  bool send(const std::string& channel, const std::string& nsp, const ClusterData& data,
            PublishDone done = {});
  void count(const std::string& request_id, const std::string& nsp, bool quiet);

  RedisBusSettings settings_;
  RedisLink link_;
  std::string uid_;
  std::map<std::string, ClusterTails, std::less<>> tails_;  // of each open namespace
  WireEvents* events_ = nullptr;
  std::size_t subscribed_rooms_ = 0;
};

}  // namespace pushgate::node
