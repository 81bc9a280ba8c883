// redis_stream_store.cpp - logs, sessions and mailboxes in Redis; everything on the bus thread.
//
// Keys, with P the prefix and N a namespace:
//   {PN}:epoch, {PN}:log, {PN}:room:<room>   the log of a namespace and those of its rooms
//   P session:<pid>, P mail:<uid>, P push:<message id>

#include "pushgate/node/store/redis_stream_store.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "pushgate/node/store/offset.hpp"
#include "pushgate/redis/client.hpp"
#include "pushgate/runtime/io_threads.hpp"

#include "node/store/audience.hpp"
#include "node/store/epoch.hpp"
#include "node/store/redis_reading.hpp"
#include "node/store/redis_scripts.hpp"
#include "node/store/session_restore.hpp"
#include "node/store/store_codec.hpp"

namespace pushgate::node {

namespace {

using redis::Command;
using redis::Reply;
using std::chrono::milliseconds;

// A log that nobody writes to for so long goes away.
constexpr milliseconds kLogTtl{std::chrono::hours{24}};
constexpr std::size_t kSessionEntries = 20'000;  // read of the log for one session

class RedisStreamStore final : public Store {
 public:
  RedisStreamStore(runtime::IoThread& thread, RedisStoreSettings settings)
      : thread_(thread), settings_(std::move(settings)) {}

  void use(std::unique_ptr<redis::Client> client) {
    client_ = std::move(client);
    thread_.post([this] { client_->start(); });
  }

  void append(EnvelopePtr envelope, AppendRule rule, StoreDone<Result<std::string>> done) override {
    thread_.post(
        [this, envelope = std::move(envelope), rule = std::move(rule),
         done = std::move(done)]() mutable { do_append(*envelope, rule, std::move(done)); });
  }

  void read_history(HistoryQuery query, StoreDone<Missed> done) override {
    thread_.post([this, query = std::move(query), done = std::move(done)]() mutable {
      do_read_history(query, std::move(done));
    });
  }

  void read_position(std::string nsp, StoreDone<std::string> done) override {
    thread_.post([this, nsp = std::move(nsp), done = std::move(done)]() mutable {
      read(nsp, {}, "0", 1,
           [done = std::move(done)](const Reading& reading) { done(reading.position); });
    });
  }

  void save_session(StoredSession session, milliseconds ttl) override {
    thread_.post([this, session = std::move(session), ttl] { do_save(session, ttl); });
  }

  void restore_session(RestoreQuery query, StoreDone<Restored> done) override {
    thread_.post([this, query = std::move(query), done = std::move(done)]() mutable {
      do_restore(std::move(query), std::move(done));
    });
  }

  void put_mail(std::string uid, Mail mail, config::MailboxConfig keep,
                StoreDone<ErrorCode> done) override {
    thread_.post(
        [this, uid = std::move(uid), mail = std::move(mail), keep,
         done = std::move(done)]() mutable { do_put_mail(uid, mail, keep, std::move(done)); });
  }

  void read_mail(std::string uid, std::string nsp, StoreDone<std::vector<Mail>> done) override {
    thread_.post([this, uid = std::move(uid), nsp = std::move(nsp),
                  done = std::move(done)]() mutable { do_read_mail(uid, nsp, std::move(done)); });
  }

  void remove_mail(std::string uid, std::string message_id) override {
    thread_.post([this, uid = std::move(uid), id = std::move(message_id)] {
      const std::string key = mail_key(uid);
      run(Command{"EVAL", kMailScript, 1, key, id}, key, {});
    });
  }

  void note_push(PushChange change, milliseconds keep) override {
    thread_.post([this, change = std::move(change), keep] {
      const std::string key = settings_.prefix + "push:" + change.message_id;
      const PushStatus& status = change.change;
      const auto add = [&](const char* what, std::uint64_t by) {
        run(Command{"HINCRBY", key, what + status.uid, by}, key, {});
      };
      add("s:", status.sent);
      if (status.acknowledged > 0) add("a:", status.acknowledged);
      if (status.timed_out > 0) add("t:", status.timed_out);
      if (status.stored) add("m:", 1);
      run(Command{"PEXPIRE", key, keep.count()}, key, {});
    });
  }

  void read_push(std::string message_id, StoreDone<std::optional<PushReport>> done) override {
    thread_.post([this, id = std::move(message_id), done = std::move(done)]() mutable {
      const std::string key = settings_.prefix + "push:" + id;
      run(Command{"HGETALL", key}, key, [id, done = std::move(done)](const Result<Reply>& answer) {
        done(report_of(id, answer));
      });
    });
  }

  bool is_shared() const noexcept override { return true; }

  void close(std::function<void()> done) override {
    thread_.post([this, done = std::move(done)] {
      client_->stop();
      done();
    });
  }

  const StoreMetrics& metrics() const noexcept override { return metrics_; }

 private:
  std::string base_of(const std::string& nsp) const { return "{" + settings_.prefix + nsp + "}:"; }
  std::string mail_key(const std::string& uid) const { return settings_.prefix + "mail:" + uid; }

  void run(Command command, const std::string& key,
           std::function<void(const Result<Reply>&)> done) {
    client_->execute(std::move(command), key, [this, done = std::move(done)](Result<Reply> answer) {
      if (!answer || answer->is_error()) metrics_.failures.add();
      if (done) done(answer);
    });
  }

  // ---- logs
  void do_append(const Envelope& envelope, const AppendRule& rule,
                 StoreDone<Result<std::string>> done) {
    const std::string& nsp = envelope.packet.nsp;
    const std::string base = base_of(nsp);
    const std::vector<std::string> fields = fields_of(envelope);
    const bool renew = broken_.contains(nsp);
    Command command{"EVAL", kAppendScript, 2 + rule.rooms.size(), base + "epoch", base + "log"};
    for (const RoomLog& log : rule.rooms) command.arg(base + "room:" + log.room);
    command.arg(make_epoch()).arg(renew ? 1 : 0);
    command.arg(rule.for_sessions.count() > 0 ? settings_.log_length : 0);
    command.arg(kLogTtl.count()).arg(fields.size());
    for (const std::string& field : fields) command.arg(field);
    for (const RoomLog& log : rule.rooms) {
      command.arg(std::max<std::uint64_t>(1, log.keep.size)).arg(log.keep.ttl.count());
    }
    run(std::move(command), base + "log",
        [this, nsp, renew, done = std::move(done)](const Result<Reply>& answer) {
          on_appended(nsp, renew, answer, done);
        });
  }

  void on_appended(const std::string& nsp, bool renew, const Result<Reply>& answer,
                   const StoreDone<Result<std::string>>& done) {
    if (!answer || !answer->is_array() || answer->elements.size() != 2) {
      // Delivered or not, the log does not have it for sure: it cannot vouch for what is before.
      broken_.insert(nsp);
      metrics_.append_failures.add();
      if (done) done(answer ? make_error_code(redis::Error::bad_reply) : answer.error());
      return;
    }
    if (renew) {
      broken_.erase(nsp);
      metrics_.epochs.add();
    }
    metrics_.appended.add();
    if (done) done(answer->elements[0].text + "-" + answer->elements[1].text);
  }

  /// `since` "0": from the beginning.
  void read(const std::string& nsp,
            const std::vector<std::pair<std::string, milliseconds>>& streams,
            const std::string& since, std::size_t count, std::function<void(Reading)> done) {
    std::optional<Offset> place = Offset::parse(since);
    if (!place && since != "0") {
      // As every other answer: not from within the call.
      thread_.post([done = std::move(done)] { done({.miss = StoreMiss::bad_offset}); });
      return;
    }
    const std::string base = base_of(nsp);
    Command command{"EVAL", kReadScript, 2 + streams.size(), base + "epoch", base + "log"};
    for (const auto& [key, ttl] : streams) command.arg(base + key);
    command.arg(make_epoch());
    if (place) {
      command.arg(place->epoch);
      command.arg(std::to_string(place->high) + "-" + std::to_string(place->low));
    } else {
      command.arg("").arg("");
    }
    command.arg(count);
    for (const auto& [key, ttl] : streams) command.arg(ttl.count());
    const bool is_broken = broken_.contains(nsp) && place;
    run(std::move(command), base + "log",
        [nsp, count, is_broken, done = std::move(done)](const Result<Reply>& answer) {
          Reading reading = read_answer(answer, nsp, count);
          // Something since is missing from the log; the next append says so to everybody.
          if (is_broken && reading.miss == StoreMiss::none) reading.miss = StoreMiss::other_epoch;
          done(std::move(reading));
        });
  }

  void do_read_history(const HistoryQuery& query, StoreDone<Missed> done) {
    std::vector<std::pair<std::string, milliseconds>> streams;
    for (const RoomLog& log : query.rooms) streams.emplace_back("room:" + log.room, log.keep.ttl);
    const std::size_t limit = query.limit;
    const bool wants_all = query.since == "0";
    read(query.nsp, streams, query.since, limit + 1,
         [limit, wants_all, done = std::move(done)](Reading reading) {
           Missed missed{reading.miss, {}, std::move(reading.position)};
           std::vector<LogEntry>& entries = reading.entries;
           if (missed.miss == StoreMiss::none && entries.size() > limit && !wants_all) {
             missed.miss = StoreMiss::trimmed;
           }
           if (missed.miss == StoreMiss::none) {
             const std::size_t skipped = entries.size() > limit ? entries.size() - limit : 0;
             for (std::size_t i = skipped; i < entries.size(); ++i) {
               missed.events.push_back(std::move(entries[i].envelope));
             }
           }
           done(std::move(missed));
         });
  }

  // ---- sessions
  void do_save(const StoredSession& session, milliseconds ttl) {
    const std::string key = settings_.prefix + "session:" + session.pid;
    run(Command{"SET", key, encode_session(session), "PX", ttl.count()}, key,
        [this](const Result<Reply>& answer) {
          if (answer && answer->is_ok()) metrics_.sessions_saved.add();
        });
  }

  void do_restore(RestoreQuery query, StoreDone<Restored> done) {
    const std::string key = settings_.prefix + "session:" + query.pid;
    run(Command{"GETDEL", key}, key,
        [this, query = std::move(query), done = std::move(done)](const Result<Reply>& answer) {
          Restored restored;
          restored.missed.miss = StoreMiss::store_away;
          if (answer && !answer->is_error()) {
            std::optional<StoredSession> session = decode_session(answer->text);
            restored.missed.miss =
                session ? check_session(*session, query) : StoreMiss::unknown_session;
            if (session) restored.session = std::move(*session);
          }
          if (restored.missed.miss == StoreMiss::other_user) {
            do_save(restored.session, kSessionBack);
          }
          if (restored.missed.miss != StoreMiss::none) {
            done(std::move(restored));
            return;
          }
          RestorePlaces places = restore_places(restored.session, query);
          read_for(std::move(restored), std::move(places), query.limit, done);
        });
  }

  void read_for(Restored restored, RestorePlaces places, std::size_t limit,
                StoreDone<Restored> done) {
    const std::string nsp = restored.session.nsp;
    const std::string first = places.first.empty() ? "-" : places.first;
    read(nsp, {{"log", kLogTtl}}, first, kSessionEntries,
         [this, restored = std::move(restored), places = std::move(places), limit,
          done = std::move(done)](Reading reading) mutable {
           if (reading.miss == StoreMiss::none && reading.cut) reading.miss = StoreMiss::trimmed;
           if (reading.miss == StoreMiss::trimmed && !places.otherwise.empty()) {
             RestorePlaces second{std::exchange(places.otherwise, {}), {}};
             read_for(std::move(restored), std::move(second), limit, std::move(done));
             return;
           }
           Missed& missed = restored.missed;
           missed = {reading.miss, {}, std::move(reading.position)};
           const StoredSession& session = restored.session;
           for (LogEntry& entry : reading.entries) {
             if (missed.miss != StoreMiss::none) break;
             if (is_meant_for(entry.envelope->options, {session.rooms, session.sid})) {
               missed.events.push_back(std::move(entry.envelope));
             }
           }
           if (missed.events.size() > limit) {
             missed.miss = StoreMiss::trimmed;
             missed.events.clear();
           }
           done(std::move(restored));
         });
  }

  // ---- mailboxes
  void do_put_mail(const std::string& uid, const Mail& mail, const config::MailboxConfig& keep,
                   StoreDone<ErrorCode> done) {
    const std::string key = mail_key(uid);
    const std::vector<std::string> fields = fields_of({.packet = mail.packet});
    Command command{"EVAL", kPutMailScript, 1, key, mail.message_id};
    command.arg(std::max<std::uint64_t>(1, keep.size)).arg(keep.ttl.count());
    command.arg(mail.packet.nsp).arg(fields.size());
    for (const std::string& field : fields) command.arg(field);
    run(std::move(command), key, [this, done = std::move(done)](const Result<Reply>& answer) {
      const bool ok = answer && answer->is_integer();
      if (ok && answer->integer >= 0) {
        metrics_.mail_stored.add();
        metrics_.overflowed_mail.add(static_cast<std::uint64_t>(answer->integer));
      }
      if (!done) return;
      done(ok ? ErrorCode{} : answer ? make_error_code(redis::Error::bad_reply) : answer.error());
    });
  }

  void do_read_mail(const std::string& uid, const std::string& nsp,
                    StoreDone<std::vector<Mail>> done) {
    const std::string key = mail_key(uid);
    run(Command{"EVAL", kMailScript, 1, key, ""}, key,
        [this, nsp, done = std::move(done)](const Result<Reply>& answer) {
          std::vector<Mail> mails;
          if (answer && answer->elements.size() == 2) {
            metrics_.expired_mail.add(static_cast<std::uint64_t>(answer->elements[0].integer));
            for (const Reply& entry : answer->elements[1].elements) {
              const std::vector<Reply>& fields = entry.elements.at(1).elements;
              std::optional<Envelope> envelope = envelope_of(fields, nsp);
              if (!envelope || fields.size() < 6 || fields[5].text != nsp) continue;
              mails.push_back({fields[1].text, std::move(envelope->packet)});
            }
          }
          done(std::move(mails));
        });
  }

  // Of a session that somebody else asked for, whose own time to live is gone with it.
  static constexpr milliseconds kSessionBack{60'000};

  runtime::IoThread& thread_;
  RedisStoreSettings settings_;
  StoreMetrics metrics_;
  std::unique_ptr<redis::Client> client_;
  std::set<std::string> broken_;  ///< namespaces whose log misses something
};

}  // namespace

Result<std::unique_ptr<Store>> make_redis_stream_store(RedisStoreContext context,
                                                       RedisStoreSettings settings) {
  settings.redis.when_down = redis::WhenDown::fail;
  Result<std::unique_ptr<redis::Client>> client = redis::make_client(
      {context.thread.reactor().io().get_executor(), context.log, context.metrics}, settings.redis);
  if (!client) return client.error();
  auto store = std::make_unique<RedisStreamStore>(context.thread, std::move(settings));
  store->use(std::move(*client));
  return std::unique_ptr<Store>{std::move(store)};
}

}  // namespace pushgate::node
