#pragma once
// classic_wire.hpp - other processes by publish and subscribe, as the classic Redis adapter does
// it.

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "node/bus/bus_wire.hpp"
#include "node/bus/classic_codec.hpp"
#include "node/bus/redis_link.hpp"

namespace pushgate::node {

class ClassicWire final : public BusWire {
 public:
  ClassicWire(RedisBusContext context, RedisBusSettings settings, std::string uid,
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
  bool exact() const noexcept { return settings_.rooms == RoomChannels::exact; }
  void on_message(const redis::Message& message);
  void on_broadcast(std::string_view channel, std::string_view payload);
  void on_request(std::string_view nsp, std::string_view payload);
  void on_old_request(const std::string& nsp, std::string_view payload);
  void on_legacy_command(const ClassicRequest& request, const std::string& nsp);
  void on_inquiry(ClassicRequest request, const std::string& nsp);
  void on_answer(std::string_view payload);
  /// Where a node wants to be answered.
  std::string answer_channel(const ClassicRequest& request, const std::string& nsp) const;
  void send(const std::string& channel, std::string_view payload, PublishDone done = {});
  void count(const std::string& request_id, const std::string& nsp, bool quiet);

  RedisBusSettings settings_;
  RedisLink link_;
  std::string uid_;
  std::string broadcast_head_;  // what our own broadcasts begin with
  std::string request_head_;    // and our own requests
  std::string requests_prefix_;
  std::string responses_prefix_;
  std::set<std::string, std::less<>> open_;  // namespaces
  WireEvents* events_ = nullptr;
  std::size_t subscribed_rooms_ = 0;
};

}  // namespace pushgate::node
