#pragma once
// store.hpp - what is kept so that nothing is lost: logs of messages, sessions that may come back,
// and mailboxes. Sans-I/O, as an interface.
//
// There is one log for all namespaces, and one for each room with a history. Everything that is to
// survive a disconnection is appended to it first, gets its offset, and is delivered out of it, in
// every process that follows the log: so the order of the log is the order of delivery, and
// "everything after this offset" is a question with one answer everywhere.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/result.hpp"
#include "pushgate/config/node_config.hpp"
#include "pushgate/node/envelope.hpp"
#include "pushgate/node/push.hpp"
#include "pushgate/node/store/store_metrics.hpp"

namespace pushgate::runtime {
class IoThread;
}

namespace pushgate::node {

// ---- logs
// ---------------------------------------------------------------------------------------

/// A room that keeps its last messages.
struct RoomLog {
  std::string room;
  config::HistoryConfig keep;

  friend bool operator==(const RoomLog&, const RoomLog&) = default;
};

/// Where a message is to be kept. With neither it is not appended at all.
struct AppendRule {
  std::vector<RoomLog> rooms{};  ///< those of its rooms that have a history
  /// For sessions that come back: how long; zero: not for them.
  std::chrono::milliseconds for_sessions{0};

  bool wants_nothing() const noexcept { return rooms.empty() && for_sessions.count() == 0; }
  friend bool operator==(const AppendRule&, const AppendRule&) = default;
};

/// Why an answer is not everything that it should be.
enum class StoreMiss : std::uint8_t {
  none,
  unknown_session,  ///< never saved, restored already, or its time is up
  other_user,       ///< the session is that of another uid or namespace
  bad_offset,       ///< it is not one, or it lies ahead of the log
  other_epoch,      ///< the log began anew since
  trimmed,          ///< what followed it is gone in part, or there is too much of it
  store_away,       ///< the store could not be asked
};
inline constexpr std::size_t kStoreMisses = 7;
/// "unknown_session", ...: for logs, counters and the clients that are told.
std::string_view name_of(StoreMiss miss) noexcept;

/// What somebody missed. All or nothing: unless `miss` is none there are no events, since a part of
/// them would look like everything.
struct Missed {
  StoreMiss miss = StoreMiss::none;
  /// In the order of the log, each with its offset.
  std::vector<EnvelopePtr> events{};
  /// The end of the log when it was read: what is delivered live from there on has greater ones.
  /// Also given after a miss, if it is known.
  std::string offset{};
};

struct HistoryQuery {
  std::string nsp = "/";
  std::vector<RoomLog> rooms;
  std::string since;  ///< an offset; "0": everything that is kept
  std::size_t limit = 1'000;
};

// ---- sessions
// ------------------------------------------------------------------------------------

/// A socket whose client may come back.
struct StoredSession {
  std::string pid;  ///< the secret by which the client is known again
  /// Names the one socket object that may write this: whoever restores a session becomes its owner,
  /// and what an older one says after that is ignored.
  std::string owner{};
  std::string former_owner{};  ///< once it is restored
  /// Its connection was not known to be closed when this was saved, or somebody has restored it.
  bool is_live = false;
  std::string sid;  ///< the socket's id, public
  std::string nsp = "/";
  std::string uid{};
  std::vector<std::string> rooms{};  ///< without that of its own id
  std::string data = "{}";           ///< JSON
  /// The end of the log when the session began, as far as its thread knew; empty: unknown.
  std::string started_at{};
  /// The last event that was queued for it; empty: none.
  std::string last_sent{};
  /// The last event that its thread delivered to anybody before it closed; empty: unknown.
  std::string closed_at{};
  std::string epoch{};  ///< the log's, where offsets do not say it; the store writes it

  friend bool operator==(const StoredSession&, const StoredSession&) = default;
};

struct RestoreQuery {
  std::string pid;
  std::string owner{};                     ///< who owns the session from now on
  std::chrono::milliseconds keep{60'000};  ///< how long it is kept from now on
  std::string nsp = "/";
  std::string uid{};
  std::optional<std::string> offset{};  ///< the last that the client has got
  std::size_t limit = 10'000;
};

struct Restored {
  Missed missed{};
  StoredSession session{};  ///< meaningful without a miss
};

// ---- mailboxes
// -----------------------------------------------------------------------------------

struct Mail {
  std::string message_id;
  Packet packet;  ///< without an ack id

  friend bool operator==(const Mail&, const Mail&) = default;
};

/// What changed for one user of a pushed message: added to what is known.
struct PushChange {
  std::string message_id;
  PushStatus change;
};

// ---- the store
// -----------------------------------------------------------------------------------

/// Called on the bus thread, exactly once, never from within the call itself.
template <class Answer>
using StoreDone = std::function<void(Answer answer)>;

/// How long the status of a pushed message is known, if not the mailbox has it for longer.
inline constexpr std::chrono::hours kKeepPushes{24};

/// Who delivers what stands in the logs. Called on the bus thread.
class LogSink {
 public:
  /// Is there anybody in this process for it?
  virtual bool wants(std::string_view nsp, const BroadcastOptions& options) const = 0;
  /// An event that another process appended. What this process appends comes by the callback of
  /// `append`; both together in the order of the log.
  virtual void on_logged(EnvelopePtr envelope) = 0;
  /// Everything up to this offset has been handed over, as far as there was anybody for it. Not
  /// after each event: after each lot that came together.
  virtual void on_position(const std::string& offset) = 0;
  /// Events of other processes were gone before they could be read.
  virtual void on_gap() = 0;

 protected:
  ~LogSink() = default;
};

/// One per process; shared by its nodes. Every member may be called on any thread and keeps the
/// order of the calls of one thread. Callbacks come on the bus thread; they may be empty. After
/// `close` they come with an error or a miss.
class Store {
 public:
  virtual ~Store() = default;

  /// Before the bus thread runs. The sink outlives the store's last call.
  virtual void set_sink(LogSink* sink) = 0;
  /// Reads the log along from now on. Idempotent; appending does it too.
  virtual void follow() = 0;
  /// What tells this store's logs from those of others that use the same Redis; empty if no other
  /// process can write to them.
  virtual const std::string& log_name() const noexcept = 0;

  /// Appends an event and says at which offset, when everything before it in the log has been
  /// handed over: the moment to deliver it. On failure nobody knows whether it is there: then the
  /// log takes a new epoch as soon as it can, so that nobody takes the gap for silence. It will not
  /// come by the sink either.
  virtual void append(EnvelopePtr envelope, AppendRule rule,
                      StoreDone<Result<std::string>> done) = 0;
  /// What was published to these rooms after `since`. When the answer comes, everything up to its
  /// offset has been handed over to callbacks and sink.
  virtual void read_history(HistoryQuery query, StoreDone<Missed> done) = 0;

  /// Keeps the session for `ttl`, unless it has another owner by now.
  virtual void save_session(StoredSession session, std::chrono::milliseconds ttl) = 0;
  /// Nobody will come back for it. Nothing happens if it has another owner.
  virtual void forget_session(std::string pid, std::string owner) = 0;
  /// Gives the session a new owner, with what was meant for it after the offset: for its rooms, its
  /// own id, its user, or the whole namespace; the answer comes as that of read_history does.
  /// Without an offset the session's beginning counts. A session whose client has got everything
  /// that was sent to it is restored though that offset be trimmed, if nothing after its closing
  /// is. After a miss the session is gone, unless it is that of another user.
  virtual void restore_session(RestoreQuery query, StoreDone<Restored> done) = 0;

  /// Adds to the mailbox of a user. Of more than `keep.size` the oldest give way.
  virtual void put_mail(std::string uid, Mail mail, config::MailboxConfig keep,
                        StoreDone<ErrorCode> done) = 0;
  /// What lies there for one namespace, oldest first. It stays there.
  virtual void read_mail(std::string uid, std::string nsp, StoreDone<std::vector<Mail>> done) = 0;
  virtual void remove_mail(std::string uid, std::string message_id) = 0;

  /// Adds to what is known of a message; forgotten `keep` after the last change.
  virtual void note_push(PushChange change, std::chrono::milliseconds keep) = 0;
  virtual void read_push(std::string message_id, StoreDone<std::optional<PushReport>> done) = 0;

  /// Ends what is under way, then calls `done` on the bus thread.
  virtual void close(std::function<void()> done) = 0;
  virtual const StoreMetrics& metrics() const noexcept = 0;
};

/// In this process's memory, gone with it. Holds at most `bytes`, about: messages of logs give way
/// first, the oldest first, then sessions, then mail. `thread` is the bus thread; it outlives the
/// store's last call, not the store.
std::unique_ptr<Store> make_memory_store(runtime::IoThread& thread, std::uint64_t bytes);

}  // namespace pushgate::node
