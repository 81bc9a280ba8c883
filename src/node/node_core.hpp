#pragma once
// node_core.hpp - one push node: its io threads, its listener, and its place among the others.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/net/listener.hpp"
#include "pushgate/node/bus/bus.hpp"
#include "pushgate/node/node_metrics.hpp"
#include "pushgate/node/store/store.hpp"
#include "pushgate/runtime/heartbeats.hpp"
#include "pushgate/runtime/io_threads.hpp"
#include "pushgate/runtime/log.hpp"

#include "node/node_place.hpp"
#include "node/node_snapshot.hpp"
#include "node/node_thread.hpp"
#include "node/session/static_files.hpp"

namespace pushgate::node {

class AdminGate;

/// Owned by the control thread, which calls everything but what says otherwise. Outlives its
/// threads.
class NodeCore final : public BusPeer {
 public:
  struct Setup {
    std::string name;  ///< for people and other nodes; the tag in session ids is made from it
    NodePlace place;   ///< one io thread for each of its sockets
    std::uint64_t max_connections = 0;
    /// No other node will ever be there: nobody need be told who is in which room.
    bool is_alone = false;
    AdminGate* admin_gate = nullptr;                ///< null: nobody gets into the admin UI
    std::vector<EventObserverSource*> observers{};  ///< who is told what clients do
  };
  NodeCore(Setup setup, const std::shared_ptr<const NodeSnapshot>& snapshot, Bus& bus, Store& store,
           runtime::Log& log);
  NodeCore(const NodeCore&) = delete;
  NodeCore& operator=(const NodeCore&) = delete;
  ~NodeCore() override;

  /// Accepts from here on.
  void start();
  void close_listener();
  void use_snapshot(const std::shared_ptr<const NodeSnapshot>& next);
  void begin_drain();
  void finish_sessions();
  void cut_sessions();
  std::uint64_t work_left() const noexcept;
  bool threads_alive() { return heartbeats_.check(); }
  /// After this no thread of it runs, and it says nothing to the bus.
  void stop();

  const std::string& name() const noexcept { return setup_.name; }
  const Endpoint& bound() const noexcept { return setup_.place.bound; }
  const runtime::PerThread<NodeMetrics>& metrics() const noexcept { return metrics_; }

  // ---- any thread
  std::uint16_t tag() const noexcept { return tag_; }
  AdminGate* admin_gate() const noexcept { return setup_.admin_gate; }
  std::size_t threads() const noexcept { return threads_.size(); }
  NodeThread& thread(std::size_t index) noexcept { return *node_threads_[index]; }
  std::uint64_t next_ack_id() noexcept { return ack_ids_.fetch_add(1, std::memory_order_relaxed); }

  void add_files(const config::NodeConfig& config);
  std::shared_ptr<const NodeSnapshot> snapshot() const;

  static constexpr std::size_t kNoThread = static_cast<std::size_t>(-1);
  /// To the sockets of this node and of all others. `from`: the calling io thread's index, which
  /// delivers at once; kNoThread for any other thread.
  /// What a log is to keep is appended first and delivered with its offset, in the order of the
  /// log, a moment later.
  /// True if a log is to keep it: `done` will be told. False: it has been published.
  bool publish(Envelope envelope, std::size_t from, PublishedDone done = {});
  /// To one socket, which is on this io thread now and may come back elsewhere; see above.
  void publish_to_session(Envelope envelope, std::size_t thread);
  void command(Command command, std::size_t from);
  /// Asks this node and all others; `done` is called once, on the bus thread or an io thread. Nodes
  /// that do not answer are named in the answers.
  void ask(Request request, RequestLimits limits, RequestDone done);
  /// Makes an event ready for the threads, without sending it.
  DeliveryPtr prepare(EnvelopePtr envelope) const;
  Store& store() noexcept { return store_; }
  PeerId peer() const noexcept { return peer_; }
  const StaticFiles& files() const noexcept { return files_; }
  void on_every_thread(const std::function<void(NodeThread&)>& work);
  /// Messages may have been missed: clients and store are told. `reason` is a literal.
  void tell_gap(std::string_view reason);

  // ---- io threads
  void on_namespace(std::string_view nsp);
  /// See Bus.
  void begin_listening(std::string_view nsp);
  void end_listening(std::string_view nsp);
  void on_room_occupied(std::string_view nsp, std::string_view room);
  void on_room_vacated(std::string_view nsp, std::string_view room);
  void on_socket_added(std::string_view nsp, const SessionId& id);
  void on_socket_removed(std::string_view nsp, const SessionId& id);

 private:
  // ---- the bus thread
  void deliver(EnvelopePtr envelope) override;
  void apply(const Command& command) override;
  void inquire(InquiryPtr inquiry) override;
  void on_gap() override;
  void on_status(const BusStatus& status) override;

  void append(EnvelopePtr envelope, AppendRule rule, StoreDone<EnvelopePtr> deliver,
              PublishedDone done = {});
  void make_listeners();
  void distribute(const DeliveryPtr& delivery, std::size_t from);
  void accept(std::size_t thread, UniqueFd socket, const Endpoint& peer);
  std::size_t least_loaded(std::size_t accepting) const noexcept;

  Setup setup_;
  std::uint16_t tag_;
  runtime::Log& log_;
  Bus& bus_;
  Store& store_;
  PeerId peer_ = 0;
  mutable std::mutex snapshot_mutex_;
  std::shared_ptr<const NodeSnapshot> snapshot_;  ///< of whoever is no io thread
  StaticFiles files_;
  runtime::IoThreads threads_;
  runtime::PerThread<NodeMetrics> metrics_;
  std::vector<std::unique_ptr<NodeThread>> node_threads_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  runtime::Heartbeats heartbeats_;
  std::atomic<std::uint64_t> ack_ids_{0};
  bool cut_off_ = false;  ///< the bus thread's: other processes cannot all be reached
};

}  // namespace pushgate::node
