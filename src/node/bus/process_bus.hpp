#pragma once
// process_bus.hpp - the one implementation of Bus: the nodes of this process among themselves, and
// a wire to the others if there are others.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pushgate/node/bus/bus.hpp"
#include "pushgate/runtime/io_threads.hpp"

#include "node/bus/bus_inbox.hpp"
#include "node/bus/bus_wire.hpp"
#include "node/bus/inquiry_board.hpp"
#include "node/bus/interest.hpp"
#include "node/bus/request_board.hpp"

namespace pushgate::node {

class ProcessBus final : public Bus, private WireEvents {
 public:
  /// `wire` may be null: nothing outside. `tag` begins the ids of requests and is this process's
  /// own among all that share a broker.
  ProcessBus(runtime::IoThread& thread, std::unique_ptr<BusWire> wire, std::string tag);
  ~ProcessBus() override;

  PeerId attach(BusPeer& peer, std::string name) override;
  void detach(PeerId peer, std::function<void()> done) override;
  void open_namespace(PeerId peer, std::string_view nsp) override;
  void close_namespace(PeerId peer, std::string_view nsp) override;
  void join_room(PeerId peer, std::string_view nsp, std::string_view room) override;
  void leave_room(PeerId peer, std::string_view nsp, std::string_view room) override;
  void add_socket(PeerId peer, std::string_view nsp, std::string_view id) override;
  void remove_socket(PeerId peer, std::string_view nsp, std::string_view id) override;
  void publish(PeerId origin, EnvelopePtr envelope, PublishDone done) override;
  void use_log(std::string name) override { log_name_ = std::move(name); }
  void publish_logged(PeerId origin, EnvelopePtr envelope) override;
  void deliver_logged(EnvelopePtr envelope) override;
  bool has_audience(std::string_view nsp, const BroadcastOptions& options) override;
  void begin_listening(PeerId peer, std::string_view nsp) override;
  void end_listening(PeerId peer, std::string_view nsp) override;
  void command(PeerId origin, Command command) override;
  void request(PeerId origin, Request request, RequestLimits limits, RequestDone done) override;
  void close(std::function<void()> done) override;
  BusStatus status() const override;
  std::vector<std::string> known_nodes() const override;
  const BusMetrics& metrics() const noexcept override { return metrics_; }

  /// For what comes back through the inbox.
  InquiryBoard& inquiries() noexcept { return inquiries_; }

 private:
  struct Attached {
    BusPeer* peer;
    std::string name;
  };
  static constexpr PeerId kNobody = 0;  // ids of nodes begin at 1

  // WireEvents
  bool has_members(std::string_view nsp, std::string_view room) const override;
  bool has_socket(std::string_view nsp, std::string_view id) const override;
  void on_broadcast(Envelope envelope) override;
  void on_command(const Command& command) override;
  void on_inquiry(Request request, AnswerSink sink) override;
  void on_census(const std::string& request_id, Census census) override;
  void on_unreachable(const std::string& request_id, std::vector<std::string> names) override;
  void on_answer(const std::string& request_id, std::string_view uid, Answer answer) override;
  void on_ack(const std::string& request_id, Packet ack) override;
  void on_gap() override;
  void on_status(BusStatus status) override;
  void on_known_nodes(std::vector<std::string> names) override;
  BusMetrics& wire_metrics() noexcept override { return metrics_; }

  // The calls, once they have arrived on the bus thread.
  void do_detach(PeerId peer);
  void do_publish(PeerId origin, const EnvelopePtr& envelope, PublishDone done);
  void do_command(PeerId origin, const Command& command);
  void do_request(PeerId origin, const Request& request, RequestLimits limits, RequestDone done);
  void do_close(std::function<void()> done);

  void deliver(PeerId origin, const EnvelopePtr& envelope);
  void apply(PeerId origin, const Command& command);
  std::vector<InquiryBoard::Asked> askable(const Request& request, PeerId origin) const;
  BusPeer* peer(PeerId id) const;

  runtime::IoThread& thread_;
  std::shared_ptr<BusInbox> inbox_;
  std::unique_ptr<BusWire> wire_;
  std::string tag_;
  std::string log_name_;
  BusMetrics metrics_;
  std::atomic<PeerId> next_peer_{1};
  std::map<PeerId, Attached> peers_;
  Interest interest_;
  InquiryBoard inquiries_;
  RequestBoard requests_;
  std::uint64_t next_request_ = 1;
  bool closed_ = false;

  mutable std::mutex told_mutex_;  // for what other threads may ask
  BusStatus status_;
  std::vector<std::string> known_nodes_;
};

}  // namespace pushgate::node
