#pragma once
// recipient.hpp - somebody who can be sent to: a queue that is emptied at the end of the turn.

#include <cstddef>
#include <memory>
#include <vector>

#include "pushgate/net/lingering.hpp"
#include "pushgate/node/node_metrics.hpp"
#include "pushgate/runtime/reactor.hpp"

#include "node/hub/gather.hpp"
#include "node/hub/local_message.hpp"
#include "node/hub/outbox.hpp"

namespace pushgate::node {

class Recipient;

/// The recipients of one io thread that have something to send. They are asked to send it once, at
/// the end of the turn, however many messages came for them in it.
class FlushList final : private runtime::TurnEndSink {
 public:
  FlushList(runtime::Reactor& reactor, NodeMetrics& metrics, Compressor* compressor);
  FlushList(const FlushList&) = delete;
  FlushList& operator=(const FlushList&) = delete;
  ~FlushList();

  void add(Recipient& recipient);
  /// Destroys something at the end of the turn: whoever is handling one of its events may go on
  /// using it.
  template <class Thing>
  void bury(std::unique_ptr<Thing> thing) {
    dead_.push_back({thing.release(), [](void* dead) { delete static_cast<Thing*>(dead); }});
    ask_for_end();
  }

  NodeMetrics& metrics() noexcept { return metrics_; }
  Compressor* compressor() noexcept { return compressor_; }
  Gather& gather() noexcept { return gather_; }
  net::LingeringSockets& lingering() noexcept { return lingering_; }
  runtime::Reactor& reactor() noexcept { return reactor_; }
  std::size_t queue_limit() const noexcept { return queue_limit_; }
  void set_queue_limit(std::size_t bytes) noexcept { queue_limit_ = bytes; }

 private:
  friend class Recipient;
  using Dead = std::unique_ptr<void, void (*)(void*)>;

  void on_turn_end() override;
  void ask_for_end();
  void forget(Recipient& recipient) noexcept;

  runtime::Reactor& reactor_;
  NodeMetrics& metrics_;
  Compressor* compressor_;
  Gather gather_;
  net::LingeringSockets lingering_;
  std::size_t queue_limit_ = 1024 * 1024;
  std::vector<Recipient*> waiting_;
  std::vector<Recipient*> flushing_;
  std::vector<Dead> dead_;
  std::vector<Dead> dying_;
  bool asked_ = false;
};

/// One connection or session, seen from the rooms. Belongs to one io thread.
class Recipient {
 public:
  Recipient(const Recipient&) = delete;
  Recipient& operator=(const Recipient&) = delete;
  virtual ~Recipient();

  /// Queues the message, to be sent at the end of the turn. When the queue is full and cannot be
  /// sent at once, volatile messages are dropped; if that is not enough, what the message's
  /// handling says is done.
  void send(const MessageRef& message);

  WireKind kind() const noexcept { return kind_; }
  std::size_t queued_bytes() const noexcept { return outbox_.bytes(); }

 protected:
  Recipient(FlushList& list, WireKind kind) noexcept : list_(list), kind_(kind) {}

  /// Sends what it can of outbox(); whatever is left waits until the recipient asks again.
  virtual void flush() = 0;
  /// The same in the middle of a delivery, when the queue is full: many messages in one turn do not
  /// make a slow reader. Whatever happens, nothing is closed before flush().
  virtual void send_early() = 0;
  /// May a volatile message be queued now? No, if what was queued before cannot leave.
  virtual bool takes_volatile() const noexcept = 0;
  /// The queue is full and nothing in it may be dropped: the connection is to be closed.
  virtual void on_slow() = 0;

  /// Must be told when the transport changes: what is queued is counted anew.
  void set_kind(WireKind kind);
  Outbox& outbox() noexcept { return outbox_; }
  const Outbox& outbox() const noexcept { return outbox_; }
  std::size_t size_of(LocalMessage& message) const {
    return message.size(kind_, list_.compressor());
  }
  const std::string& form_of(LocalMessage& message) const {
    return message.form(kind_, list_.compressor());
  }
  void sent(std::size_t bytes);
  void sent_messages(std::size_t count);
  void drop_queue();
  void flush_at_turn_end() { list_.add(*this); }
  FlushList& list() noexcept { return list_; }

 private:
  friend class FlushList;

  bool make_room(const LocalMessage& message, std::size_t size);

  FlushList& list_;
  Outbox outbox_;
  WireKind kind_;
  bool waiting_ = false;     ///< it is in the list
  bool overflowed_ = false;  ///< on_slow was called
};

}  // namespace pushgate::node
