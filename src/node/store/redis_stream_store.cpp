// redis_stream_store.cpp - logs, sessions and mailboxes in Redis; everything on the bus thread.
//
// Keys, with P the prefix:
//   {P}:epoch, {P}:log, {P}:room:<namespace and room>   the log, and those of rooms
//   P session:<pid> and {P session:<pid>}:holder, P mail:<uid>, P push:<message id>
// With the log of the streams adapter, whose stream is S: S itself, {S}:P epoch and so on, and
// sio:session:<pid>.

#include "pushgate/node/store/redis_stream_store.hpp"

#include <algorithm>
#include <utility>

#include "pushgate/node/store/offset.hpp"
#include "pushgate/redis/client.hpp"
#include "pushgate/runtime/io_threads.hpp"

#include "node/store/audience.hpp"
#include "node/store/epoch.hpp"
#include "node/store/redis_log.hpp"
#include "node/store/redis_reading.hpp"
#include "node/store/redis_scripts.hpp"
#include "node/store/session_restore.hpp"
#include "node/store/store_codec.hpp"

namespace pushgate::node {

namespace {

using redis::Command;
using redis::Reply;
using std::chrono::milliseconds;

constexpr std::size_t kSessionEntries = 20'000;  // read of the log for one session

class RedisStreamStore final : public Store {
 public:
  RedisStreamStore(runtime::IoThread& thread, RedisStoreSettings settings)
      : thread_(thread), settings_(std::move(settings)) {}

  void use(std::unique_ptr<redis::Client> client, std::unique_ptr<redis::Client> reader) {
    client_ = std::move(client);
    log_ = std::make_unique<RedisLog>(thread_.reactor(), *client_, std::move(reader), metrics_,
                                      make_format(), log_settings());
    thread_.post([this] { client_->start(); });
  }

  void set_sink(LogSink* sink) override { log_->set_sink(sink); }
  const std::string& log_name() const noexcept override { return settings_.prefix; }

  void follow() override {
    post([this] { log_->follow(); });
  }

  void append(EnvelopePtr envelope, AppendRule rule, StoreDone<Result<std::string>> done) override {
    post([this, envelope = std::move(envelope), rule = std::move(rule),
          done = std::move(done)]() mutable { log_->append(*envelope, rule, std::move(done)); });
  }

  void read_history(HistoryQuery query, StoreDone<Missed> done) override {
    post([this, query = std::move(query), done = std::move(done)]() mutable {
      do_read_history(query, std::move(done));
    });
  }

  void save_session(StoredSession session, milliseconds ttl) override {
    post([this, session = std::move(session), ttl] {
      const std::string key = session_key(session.pid);
      Command command{"EVAL", kSaveSessionScript, 2, key, holder_key(key), session.owner};
      command.arg(session.uid).arg(session.nsp).arg(session.is_live ? 1 : 0);
      command.arg(encode(session)).arg(ttl.count());
      run(std::move(command), key, [this](const Result<Reply>& answer) {
        if (answer && answer->is_integer() && answer->integer == 1) metrics_.sessions_saved.add();
      });
    });
  }

  void forget_session(std::string pid, std::string owner) override {
    post([this, pid = std::move(pid), owner = std::move(owner)] { do_forget(pid, owner); });
  }

  void restore_session(RestoreQuery query, StoreDone<Restored> done) override {
    post([this, query = std::move(query), done = std::move(done)]() mutable {
      do_restore(std::move(query), std::move(done));
    });
  }

  void put_mail(std::string uid, Mail mail, config::MailboxConfig keep,
                StoreDone<ErrorCode> done) override {
    post([this, uid = std::move(uid), mail = std::move(mail), keep,
          done = std::move(done)]() mutable { do_put_mail(uid, mail, keep, std::move(done)); });
  }

  void read_mail(std::string uid, std::string nsp, StoreDone<std::vector<Mail>> done) override {
    post([this, uid = std::move(uid), nsp = std::move(nsp), done = std::move(done)]() mutable {
      do_read_mail(uid, nsp, std::move(done));
    });
  }

  void remove_mail(std::string uid, std::string message_id) override {
    post([this, uid = std::move(uid), id = std::move(message_id)] {
      const std::string key = mail_key(uid);
      run(Command{"EVAL", kMailScript, 1, key, id}, key, {});
    });
  }

  void note_push(PushChange change, milliseconds keep) override {
    post([this, change = std::move(change), keep] {
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
    post([this, id = std::move(message_id), done = std::move(done)]() mutable {
      const std::string key = settings_.prefix + "push:" + id;
      run(Command{"HGETALL", key}, key, [id, done = std::move(done)](const Result<Reply>& answer) {
        done(report_of(id, answer));
      });
    });
  }

  void close(std::function<void()> done) override {
    post([this, done = std::move(done)] {
      closed_ = true;
      log_->stop();
      client_->stop();
      done();
    });
  }

  const StoreMetrics& metrics() const noexcept override { return metrics_; }

 private:
  template <class Work>
  void post(Work work) {
    thread_.post(std::move(work));
  }

  std::string mail_key(const std::string& uid) const { return settings_.prefix + "mail:" + uid; }
  std::string session_key(const std::string& pid) const {
    return (settings_.adapter ? settings_.adapter->session_prefix : settings_.prefix + "session:") +
           pid;
  }
  /// Who may have a session: beside it, on the same node of a cluster.
  static std::string holder_key(const std::string& session) {
    return session.find('{') == std::string::npos ? "{" + session + "}:holder"
                                                  : session + ":holder";
  }

  std::unique_ptr<LogFormat> make_format() const {
    return settings_.adapter ? make_adapter_format(settings_.adapter->uid) : make_own_format();
  }
  RedisLog::Settings log_settings() const {
    RedisLog::Settings log;
    log.process = make_epoch() + make_epoch();
    if (settings_.adapter) {
      const AdapterLog& adapter = *settings_.adapter;
      log.stream = adapter.stream;
      log.base = "{" + adapter.stream + "}:" + settings_.prefix;
      log.length = adapter.max_entries;
      log.ttl = milliseconds{0};
      log.offsets = adapter.offsets;
    } else {
      log.base = "{" + settings_.prefix + "}:";
      log.stream = log.base + "log";
      log.length = settings_.log_length;
    }
    return log;
  }
  std::string encode(StoredSession session) const {
    if (!settings_.adapter) return encode_session(session);
    session.epoch = log_->epoch();
    return encode_adapter_session(session);
  }
  std::optional<StoredSession> decode(std::string_view text) const {
    return settings_.adapter ? decode_adapter_session(text) : decode_session(text);
  }

  void run(Command command, const std::string& key,
           std::function<void(const Result<Reply>&)> done) {
    client_->execute(std::move(command), key, [this, done = std::move(done)](Result<Reply> answer) {
      if (!answer || answer->is_error()) metrics_.failures.add();
      if (done) done(answer);
    });
  }

  // ---- logs
  /// `since` "0": from the beginning.
  void read(const std::vector<RedisLog::Stream>& streams, const std::string& since,
            std::size_t count, std::function<void(Reading)> done) {
    const std::optional<Offset> place = Offset::parse(since);
    const bool is_good = since == "0" || (place && (!place->epoch.empty() || !log_->has_epochs()));
    const StoreMiss miss = closed_    ? StoreMiss::store_away
                           : !is_good ? StoreMiss::bad_offset
                                      : StoreMiss::none;
    if (miss == StoreMiss::none) {
      log_->read(streams, since, count, std::move(done));
      return;
    }
    // As every other answer: not from within the call.
    post([done = std::move(done), miss] { done({.miss = miss}); });
  }

  void do_read_history(const HistoryQuery& query, StoreDone<Missed> done) {
    std::vector<RedisLog::Stream> streams;
    for (const RoomLog& log : query.rooms) {
      streams.push_back(log_->of_room(query.nsp, log));
    }
    const std::size_t limit = query.limit;
    const bool wants_all = query.since == "0";
    read(streams, query.since, limit + 1,
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
  void do_forget(const std::string& pid, const std::string& owner) {
    const std::string key = session_key(pid);
    run(Command{"EVAL", kForgetSessionScript, 2, key, holder_key(key), owner}, key, {});
  }

  void do_restore(RestoreQuery query, StoreDone<Restored> done) {
    const std::string key = session_key(query.pid);
    Command command{"EVAL", kTakeSessionScript, 2, key, holder_key(key), query.owner};
    command.arg(query.uid).arg(query.nsp).arg(query.keep.count());
    run(std::move(command), key,
        [this, query = std::move(query), done = std::move(done)](const Result<Reply>& answer) {
          Restored restored;
          restored.missed.miss = StoreMiss::store_away;
          if (answer && answer->is_array()) {
            std::optional<StoredSession> session;
            if (answer->elements.size() == 5) session = decode(answer->elements[0].text);
            if (session) {
              session->uid = answer->elements[2].text;
              session->nsp = answer->elements[3].text;
              session->is_live = answer->elements[4].text == "1";
            }
            restored.missed.miss =
                session ? check_session(*session, query) : StoreMiss::unknown_session;
            if (session) restored.session = std::move(*session);
          }
          if (restored.missed.miss != StoreMiss::none) {
            done(std::move(restored));
            return;
          }
          restored.session.former_owner = answer->elements[1].text;
          restored.session.owner = query.owner;
          RestorePlaces places = restore_places(restored.session, query);
          // Offsets do not say of which epoch they are; the session does.
          if (!log_->has_epochs() && !restored.session.epoch.empty()) {
            for (std::string* const place : {&places.first, &places.otherwise}) {
              if (!place->empty()) place->insert(0, restored.session.epoch + "-");
            }
          }
          read_for(std::move(restored), std::move(places), query.limit, done);
        });
  }

  void read_for(Restored restored, RestorePlaces places, std::size_t limit,
                StoreDone<Restored> done) {
    const std::string first = places.first.empty() ? "-" : places.first;
    read({log_->everything()}, first, kSessionEntries,
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
             if (entry.envelope->packet.nsp == session.nsp &&
                 is_meant_for(entry.envelope->options, {session.rooms, session.sid})) {
               missed.events.push_back(std::move(entry.envelope));
             }
           }
           if (missed.events.size() > limit) {
             missed.miss = StoreMiss::trimmed;
             missed.events.clear();
           }
           if (missed.miss != StoreMiss::none) do_forget(session.pid, session.owner);
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
    command.arg(fields.size());
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
              const std::vector<std::string> fields = texts_of(entry.elements.at(1));
              std::optional<Envelope> envelope = envelope_of(fields);
              if (!envelope || envelope->packet.nsp != nsp) continue;
              mails.push_back({fields[1], std::move(envelope->packet)});
            }
          }
          done(std::move(mails));
        });
  }

  runtime::IoThread& thread_;
  RedisStoreSettings settings_;
  StoreMetrics metrics_;
  std::unique_ptr<redis::Client> client_;
  std::unique_ptr<RedisLog> log_;
  bool closed_ = false;
};

}  // namespace

Result<std::unique_ptr<Store>> make_redis_stream_store(RedisStoreContext context,
                                                       RedisStoreSettings settings) {
  settings.redis.when_down = redis::WhenDown::fail;
  const redis::RedisContext where{context.thread.reactor().io().get_executor(), context.log,
                                  context.metrics};
  Result<std::unique_ptr<redis::Client>> client = redis::make_client(where, settings.redis);
  if (!client) return client.error();
  Result<std::unique_ptr<redis::Client>> reader = redis::make_client(where, settings.redis);
  if (!reader) return reader.error();
  auto store = std::make_unique<RedisStreamStore>(context.thread, std::move(settings));
  store->use(std::move(*client), std::move(*reader));
  return std::unique_ptr<Store>{std::move(store)};
}

}  // namespace pushgate::node
