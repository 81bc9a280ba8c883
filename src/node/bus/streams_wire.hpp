#pragma once
// streams_wire.hpp - other processes by Redis streams: broadcasts are in a log.

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node/bus/bus_wire.hpp"
#include "node/bus/cluster_codec.hpp"
#include "node/bus/redis_link.hpp"
#include "node/bus/stream_reader.hpp"

namespace pushgate::node {

class StreamsWire final : public BusWire {
 public:
  /// `readers`: one client for each stream.
  StreamsWire(RedisBusContext context, RedisBusSettings settings, std::string uid,
              std::unique_ptr<redis::Client> client,
              std::vector<std::unique_ptr<redis::Client>> readers);

  void start(WireEvents& events) override;
  void open_namespace(const std::string& nsp) override;
  void close_namespace(const std::string& nsp) override;
  // Everything is in the streams.
  void want_room(const std::string&, const std::string&) override {}
  void unwant_room(const std::string&, const std::string&) override {}
  void want_socket(const std::string&, const std::string&) override {}
  void unwant_socket(const std::string&, const std::string&) override {}
  void publish(const Envelope& envelope, PublishDone done) override;
  bool carries_logged() const override { return !settings_.is_read_by_log; }
  void command(const Command& command) override;
  void ask(const std::string& request_id, const Request& request) override;
  void recount(const std::string& request_id, const std::string& nsp) override;
  void close(std::function<void()> done) override;

 private:
  void add_entry(const std::string& nsp, const ClusterData& data, PublishDone done);
  bool send(const std::string& channel, const std::string& nsp, const ClusterData& data);
  void on_message(const redis::Message& message);
  void on_entry(const std::vector<std::string>& fields);
  void dispatch(ClusterMessage message);
  void count(const std::string& request_id, const std::string& nsp, bool quiet);
  redis::SubscriptionKind kind() const;
  std::string name_of(std::size_t stream) const;

  RedisBusSettings settings_;
  RedisLink link_;
  std::string uid_;
  std::set<std::string, std::less<>> open_;  // namespaces
  std::vector<std::unique_ptr<StreamReader>> readers_;
  WireEvents* events_ = nullptr;
};

}  // namespace pushgate::node
