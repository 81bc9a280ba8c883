#pragma once
// push.hpp - an event to all devices of some users, wherever they are connected, with word of what
// became of it. Whoever is away finds it in a mailbox.
//
// A device is a Socket.IO socket whose uid is known. It acknowledges the event as clients
// acknowledge any other; what it answers is not looked at.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pushgate/runtime/metrics.hpp"

namespace pushgate::node {

struct PushRequest {
  std::vector<std::string> uids;  ///< each valid by Identity::valid_uid; one twice counts once
  std::string nsp = "/";
  /// The event as a JSON array that has been checked: `["name",args...]`.
  std::string data;
  std::vector<std::string> attachments{};  ///< for the placeholders in `data`
  /// How long devices may take. Zero: as long as `ackTimeout` of the configuration says.
  std::chrono::milliseconds ack_timeout{0};
  /// How long it may lie in a mailbox. Nullopt: as long as the configuration says; zero: not at
  /// all. Without mailboxes in the configuration there are none.
  std::optional<std::chrono::milliseconds> mailbox_ttl{};
};

/// What became of a message for one user, up to now.
struct PushStatus {
  std::string uid;
  std::uint64_t sent = 0;          ///< devices that were sent it, later ones included
  std::uint64_t acknowledged = 0;  ///< devices that have acknowledged it
  std::uint64_t timed_out = 0;     ///< devices that have not, and had time enough
  /// It lay in the mailbox once. It still does if nobody has acknowledged it and its time is not
  /// up.
  bool stored = false;

  friend bool operator==(const PushStatus&, const PushStatus&) = default;
};

struct PushReport {
  std::string message_id;  ///< twenty characters of [A-Za-z0-9_-]
  std::vector<PushStatus> users;
  /// Nodes that did not say how many devices they have: `sent` may be too low.
  std::vector<std::string> missing_nodes;

  friend bool operator==(const PushReport&, const PushReport&) = default;
};

/// Called on the bus thread, exactly once.
using PushDone = std::function<void(PushReport report)>;
/// Nullopt: nothing is known of this message (any more), or nobody can be asked now.
using PushStatusDone = std::function<void(std::optional<PushReport> report)>;

/// Written by the bus thread.
struct alignas(64) PushMetrics {
  runtime::ThreadCounter messages;
  runtime::ThreadCounter devices;
  runtime::ThreadCounter acknowledged;
  runtime::ThreadCounter timed_out;
  runtime::ThreadCounter stored;
  runtime::ThreadCounter store_failures;
  runtime::ThreadCounter undeliverable;
  runtime::ThreadGauge pending;
};

using PushCounter = runtime::CounterDef<PushMetrics>;
using PushGauge = runtime::GaugeDef<PushMetrics>;

inline constexpr std::array kPushCounters{
    PushCounter{"pushgate_push_messages_total", "Messages to users, one for each uid",
                &PushMetrics::messages},
    PushCounter{"pushgate_push_devices_total", "Devices that were sent such a message",
                &PushMetrics::devices},
    PushCounter{"pushgate_push_acknowledged_total", "Devices that acknowledged in time",
                &PushMetrics::acknowledged},
    PushCounter{"pushgate_push_timed_out_total", "Devices that did not acknowledge in time",
                &PushMetrics::timed_out},
    PushCounter{"pushgate_push_stored_total", "Messages put into a mailbox", &PushMetrics::stored},
    PushCounter{"pushgate_push_store_failures_total",
                "Messages that a mailbox did not take: the store was away",
                &PushMetrics::store_failures},
    PushCounter{"pushgate_push_undeliverable_total",
                "Messages that no device acknowledged and no mailbox has",
                &PushMetrics::undeliverable},
};

inline constexpr std::array kPushGauges{
    PushGauge{"pushgate_push_pending", "Messages whose devices have still time to acknowledge",
              &PushMetrics::pending},
};

/// One per process (Nodes::push). Every member may be called on any thread.
class Push {
 public:
  virtual ~Push() = default;

  /// Sends the event to every socket of every uid in the namespace, on every node, each with an ack
  /// id, and waits. A message that nobody has acknowledged when the time is up (because no device
  /// was connected, or none answered) goes to the user's mailbox, if there is one; there it is
  /// delivered at the next connect of the uid, on whatever node, in the order of pushing, again and
  /// again until a device acknowledges it: at least once, so handlers must bear a repetition.
  ///
  /// Returns the message's id at once. `done` (may be empty) is called when the time is up, or
  /// earlier if every device has answered. A uid without any device is known within the time that
  /// other nodes have for requests.
  virtual std::string push(PushRequest request, PushDone done) = 0;

  /// What became of a message; known for a day, or as long as it may lie in a mailbox. Answered by
  /// any node if the store is shared.
  virtual void status(std::string message_id, PushStatusDone done) = 0;

  virtual const PushMetrics& metrics() const noexcept = 0;
};

}  // namespace pushgate::node
