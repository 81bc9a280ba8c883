// memory_store.cpp - the store of one process: MemoryLog, sessions and mailboxes on the bus thread.

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>

#include "pushgate/node/store/store.hpp"
#include "pushgate/runtime/io_threads.hpp"

#include "node/store/epoch.hpp"
#include "node/store/expiring_map.hpp"
#include "node/store/mailboxes.hpp"
#include "node/store/memory_log.hpp"
#include "node/store/push_totals.hpp"
#include "node/store/session_restore.hpp"

namespace pushgate::node {

namespace {

constexpr std::size_t kSessionBytes = 512;  // about what the objects around the text take
constexpr std::size_t kReportBytes = 512;

std::size_t size_of(const StoredSession& session) {
  std::size_t bytes = kSessionBytes + session.data.size();
  for (const std::string& room : session.rooms) bytes += room.size() + sizeof(std::string);
  return bytes;
}

class MemoryStore final : public Store, private runtime::TimerNode {
 public:
  MemoryStore(runtime::IoThread& thread, std::uint64_t bytes)
      : thread_(thread), limit_(bytes), log_(make_epoch(), metrics_), mailboxes_(metrics_) {}

  void set_sink(LogSink* sink) override { sink_ = sink; }
  const std::string& log_name() const noexcept override { return no_name_; }
  void follow() override {
    post([this] { appended_ = true; });
  }

  void append(EnvelopePtr envelope, AppendRule rule, StoreDone<Result<std::string>> done) override {
    post([this, envelope = std::move(envelope), rule = std::move(rule), done = std::move(done)] {
      std::string offset = log_.append(envelope, rule, now());
      make_room();
      appended_ = true;
      if (done) done(std::move(offset));
    });
  }

  void read_history(HistoryQuery query, StoreDone<Missed> done) override {
    post([this, query = std::move(query), done = std::move(done)] {
      done(log_.read_history(query));
    });
  }

  void save_session(StoredSession session, std::chrono::milliseconds ttl) override {
    post([this, session = std::move(session), ttl]() mutable {
      const StoredSession* const known = sessions_.find(session.pid);
      if (known != nullptr && known->owner != session.owner) return;
      // Its thread had not delivered anything: everything in the log came later.
      if (session.started_at.empty()) session.started_at = log_.beginning();
      if (session.closed_at.empty()) session.closed_at = log_.beginning();
      const std::size_t bytes = size_of(session);
      const std::string pid = session.pid;
      sessions_.put(pid, std::move(session), bytes, now() + ttl);
      metrics_.sessions_saved.add();
      make_room();
    });
  }

  void forget_session(std::string pid, std::string owner) override {
    post([this, pid = std::move(pid), owner = std::move(owner)] {
      const StoredSession* const known = sessions_.find(pid);
      if (known != nullptr && known->owner == owner) sessions_.take(pid);
    });
  }

  void restore_session(RestoreQuery query, StoreDone<Restored> done) override {
    post([this, query = std::move(query), done = std::move(done)] { done(restore(query)); });
  }

  void put_mail(std::string uid, Mail mail, config::MailboxConfig keep,
                StoreDone<ErrorCode> done) override {
    post([this, uid = std::move(uid), mail = std::move(mail), keep,
          done = std::move(done)]() mutable {
      mailboxes_.put(uid, std::move(mail), keep, now());
      make_room();
      if (done) done({});
    });
  }

  void read_mail(std::string uid, std::string nsp, StoreDone<std::vector<Mail>> done) override {
    post([this, uid = std::move(uid), nsp = std::move(nsp), done = std::move(done)] {
      done(mailboxes_.read(uid, nsp));
    });
  }

  void remove_mail(std::string uid, std::string message_id) override {
    post([this, uid = std::move(uid), id = std::move(message_id)] { mailboxes_.remove(uid, id); });
  }

  void note_push(PushChange change, std::chrono::milliseconds keep) override {
    post([this, change = std::move(change), keep] {
      PushReport report = reports_.take(change.message_id).value_or(PushReport{});
      report.message_id = change.message_id;
      add_push_change(report, change.change);
      const std::size_t bytes = kReportBytes * (1 + report.users.size());
      reports_.put(change.message_id, std::move(report), bytes, now() + keep);
      make_room();
    });
  }

  void read_push(std::string message_id, StoreDone<std::optional<PushReport>> done) override {
    post([this, id = std::move(message_id), done = std::move(done)] {
      const PushReport* const found = reports_.find(id);
      done(found != nullptr ? std::optional<PushReport>{*found} : std::nullopt);
    });
  }

  void close(std::function<void()> done) override { post(std::move(done)); }
  const StoreMetrics& metrics() const noexcept override { return metrics_; }

 private:
  TimePoint now() const noexcept { return thread_.reactor().now(); }

  /// Calls of one turn of a thread come over in one piece.
  void post(std::function<void()> call) {
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
      if (calls_.size() > 1) return;
    }
    thread_.post([this] { run(); });
  }

  void run() {
    std::vector<std::function<void()>> calls;
    {
      const std::lock_guard lock(mutex_);
      calls.swap(calls_);
    }
    expire();
    for (const std::function<void()>& call : calls) call();
    if (std::exchange(appended_, false) && sink_ != nullptr) sink_->on_position(log_.position());
    update();
  }

  Restored restore(const RestoreQuery& query) {
    Restored answer;
    const StoredSession* const found = sessions_.find(query.pid);
    answer.missed.miss =
        found == nullptr ? StoreMiss::unknown_session : check_session(*found, query);
    if (answer.missed.miss != StoreMiss::none) return answer;
    answer.session = *sessions_.take(query.pid);
    answer.session.former_owner = std::exchange(answer.session.owner, query.owner);
    const StoredSession& session = answer.session;
    const Audience audience{session.rooms, session.sid};
    const RestorePlaces places = restore_places(session, query);
    answer.missed = log_.read_for_session(session.nsp, places.first, audience, query.limit);
    if (answer.missed.miss == StoreMiss::trimmed && !places.otherwise.empty()) {
      answer.missed = log_.read_for_session(session.nsp, places.otherwise, audience, query.limit);
    }
    if (answer.missed.miss == StoreMiss::none) {
      StoredSession kept = session;
      kept.is_live = true;
      sessions_.put(session.pid, std::move(kept), size_of(session), now() + query.keep);
    }
    return answer;
  }

  std::size_t bytes() const noexcept {
    return log_.bytes() + sessions_.bytes() + mailboxes_.bytes() + reports_.bytes();
  }

  void make_room() {
    while (bytes() > limit_) {
      if (log_.evict_oldest()) continue;
      if (const std::string* const pid = sessions_.first()) {
        sessions_.take(std::string{*pid});
        metrics_.evicted_sessions.add();
      } else if (const std::string* const id = reports_.first()) {
        reports_.take(std::string{*id});
      } else if (!mailboxes_.evict_oldest()) {
        return;
      }
    }
  }

  void expire() {
    const TimePoint at = now();
    log_.expire(at);
    mailboxes_.expire(at);
    while (sessions_.next_due() && *sessions_.next_due() <= at) {
      sessions_.take(std::string{*sessions_.first()});
      metrics_.expired_sessions.add();
    }
    while (reports_.next_due() && *reports_.next_due() <= at) {
      reports_.take(std::string{*reports_.first()});
    }
  }

  void on_timer(TimePoint) override {
    expire();
    update();
  }

  /// The figures, and the next time to look.
  void update() {
    metrics_.bytes.set(static_cast<std::int64_t>(bytes()));
    metrics_.sessions.set(static_cast<std::int64_t>(sessions_.size()));
    TimePoint due = TimePoint::max();
    for (const std::optional<TimePoint> next :
         {log_.next_due(), mailboxes_.next_due(), sessions_.next_due(), reports_.next_due()}) {
      if (next) due = std::min(due, *next);
    }
    if (due != TimePoint::max()) thread_.reactor().arm(*this, due);
  }

  runtime::IoThread& thread_;
  std::uint64_t limit_;
  StoreMetrics metrics_;
  MemoryLog log_;
  ExpiringMap<StoredSession> sessions_;  ///< by pid
  ExpiringMap<PushReport> reports_;      ///< by message id
  Mailboxes mailboxes_;
  LogSink* sink_ = nullptr;
  std::string no_name_;    ///< no other process can write here
  bool appended_ = false;  ///< the sink does not know the position yet

  std::mutex mutex_;
  std::vector<std::function<void()>> calls_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store(runtime::IoThread& thread, std::uint64_t bytes) {
  return std::make_unique<MemoryStore>(thread, bytes);
}

}  // namespace pushgate::node
