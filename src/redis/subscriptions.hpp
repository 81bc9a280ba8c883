#pragma once
// subscriptions.hpp - which channels are wanted on one connection, and what Redis knows of that.
// sans-I/O.

#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pushgate/base/clock.hpp"
#include "pushgate/redis/reply.hpp"
#include "pushgate/redis/subscriber.hpp"

namespace pushgate::redis {

/// What a reply on a subscribed connection says.
struct SubscriptionEvent {
  enum class Type : std::uint8_t {
    nothing,     ///< nobody need know
    message,     ///< `message`
    subscribed,  ///< `channel` is wanted, and confirmed
    lost,        ///< Redis has ended it by itself: the channel's slot has moved
    refused,     ///< `refused` are wanted, but Redis answered `error`
    nonsense,    ///< cannot be an answer to what was sent
  };
  Type type = Type::nothing;
  SubscriptionKind kind = SubscriptionKind::channel;
  std::string_view channel;  ///< as long as the reply lives
  Message message;
  std::vector<std::string> refused;
  std::string error;
};

/// Keeps the wanted set, turns changes of it into commands, and follows the confirmations. Each
/// channel has one confirmation per command that names it, in order; an error answers a whole
/// command. Messages come in between.
class Subscriptions {
 public:
  static constexpr std::size_t kBatch = 512;  ///< channels in one command

  /// `one_slot_per_command`: a cluster refuses an SSUBSCRIBE whose channels are of several slots.
  Subscriptions(Clock::duration unsubscribe_delay, bool one_slot_per_command) noexcept
      : delay_(unsubscribe_delay), one_slot_per_command_(one_slot_per_command) {}

  /// True if the channel is confirmed already.
  bool want(SubscriptionKind kind, std::string_view channel);
  /// Redis is told once the delay is over, or (`at_once`) with the next commands.
  void unwant(SubscriptionKind kind, std::string_view channel, TimePoint now, bool at_once = false);

  /// The connection broke: nothing is subscribed any more, and all that is wanted is to be sent.
  void disconnected();

  /// Something is to be sent.
  bool has_commands() const noexcept { return !queue_.empty(); }
  /// Appends all commands that are due.
  void append_commands(std::string& out);
  /// Takes what came from the server.
  SubscriptionEvent on_reply(Reply& reply);

  /// Queues the unsubscriptions whose delay is over.
  void expire(TimePoint now);
  TimePoint deadline() const noexcept;

  std::size_t wanted_count() const noexcept { return wanted_; }
  std::size_t confirmed_count() const noexcept { return confirmed_; }
  /// Everything has been sent and answered.
  bool settled() const noexcept { return queue_.empty() && unanswered_.empty(); }
  /// All wanted channels of a kind.
  std::vector<std::string> wanted(SubscriptionKind kind) const;

 private:
  using Kind = SubscriptionKind;
  using Event = SubscriptionEvent;

  struct Channel {
    bool wanted = false;
    bool queued = false;      // in queue_
    bool told = false;        // the last command that named it subscribed
    unsigned unanswered = 0;  // commands that named it
    TimePoint leave_at = TimePoint::max();

    bool confirmed() const noexcept { return wanted && told && unanswered == 0; }
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Channels = std::unordered_map<std::string, Channel, Hash, std::equal_to<>>;
  struct Leaving {
    TimePoint at;
    Kind kind;
    std::string channel;
  };
  struct Batch {
    Kind kind = Kind::channel;
    bool subscribes = false;
    unsigned slot = 0;
    std::vector<std::string> channels;
    std::size_t answered = 0;
  };

  Channels& of(Kind kind) noexcept { return channels_[static_cast<std::size_t>(kind)]; }
  void enqueue(Kind kind, const std::string& channel, Channel& state);
  std::vector<Batch> take_batches();
  void on_told(Kind kind, const std::string& channel, bool subscribes);
  Event on_array(Reply& reply);
  Event on_confirmation(Kind kind, bool subscribes, const std::string& channel);
  Event on_error(const Reply& reply);
  Event on_unasked(Kind kind, const std::string& channel);
  void forget_if_done(Kind kind, Channels::iterator found);
  /// Changes a channel and keeps the counts true.
  template <class Change>
  void change(Channel& channel, Change change);

  Clock::duration delay_;
  bool one_slot_per_command_;
  std::array<Channels, 3> channels_;
  std::vector<std::pair<Kind, std::string>> queue_;
  std::deque<Batch> unanswered_;
  std::deque<Leaving> leaving_;  // in order of time
  std::size_t wanted_ = 0;
  std::size_t confirmed_ = 0;
};

}  // namespace pushgate::redis
