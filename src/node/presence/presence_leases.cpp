#include "node/presence/presence_leases.hpp"

#include <array>
#include <optional>
#include <utility>

#include "pushgate/runtime/reactor.hpp"

namespace pushgate::node {

namespace {

// How many leases the members outlive their process, should nobody be there to clear up.
constexpr int kMembersTime = 100;

std::string field_of(std::string_view nsp, std::string_view room, std::string_view socket) {
  return std::string{nsp}.append("\n").append(room).append("\n").append(socket);
}

/// Namespace, room and socket; none of them has a line feed in it.
std::optional<std::array<std::string, 3>> parse_field(const std::string& field) {
  const std::size_t first = field.find('\n');
  const std::size_t last = field.rfind('\n');
  if (first == std::string::npos || first == last) return std::nullopt;
  return std::array{field.substr(0, first), field.substr(first + 1, last - first - 1),
                    field.substr(last + 1)};
}

using Told = decltype(PresenceLeases::Callbacks::on_gone);

/// Room by room.
void tell(const std::map<std::string, std::string>& members, const Told& told) {
  std::map<std::pair<std::string, std::string>, std::vector<PresenceLeases::Member>> rooms;
  for (const auto& [field, uid] : members) {
    auto parts = parse_field(field);
    if (!parts) continue;
    rooms[{std::move((*parts)[0]), std::move((*parts)[1])}].push_back(
        {std::move((*parts)[2]), uid});
  }
  for (const auto& [place, who] : rooms) told(place.first, place.second, who);
}

}  // namespace

/// Of one io thread.
class PresenceLeases::Observer final : public EventObserver {
 public:
  explicit Observer(PresenceLeases& leases) : leases_(leases) {}

  void on_join(const SocketFacts& socket, std::string_view room) override {
    if (!leases_.callbacks_.is_tracked(room)) return;
    leases_.thread_.post([&leases = leases_, field = field_of(socket.nsp, room, socket.id),
                          uid = std::string{socket.uid}]() mutable {
      leases.joined(std::move(field), std::move(uid));
    });
  }
  void on_leave(const SocketFacts& socket, std::string_view room) override {
    if (!leases_.callbacks_.is_tracked(room)) return;
    leases_.thread_.post(
        [&leases = leases_, field = field_of(socket.nsp, room, socket.id)] { leases.left(field); });
  }

 private:
  PresenceLeases& leases_;
};

/// Each third of a lease.
class PresenceLeases::Timer final : public runtime::TimerNode {
 public:
  explicit Timer(PresenceLeases& leases) : leases_(leases) {}
  void arm() {
    runtime::Reactor& reactor = leases_.thread_.reactor();
    reactor.arm(*this, reactor.now() + leases_.options_.lease / 3);
  }

 private:
  void on_timer(TimePoint) override {
    arm();
    leases_.renew();
    leases_.look_around();
  }
  PresenceLeases& leases_;
};

Result<std::unique_ptr<PresenceLeases>> PresenceLeases::make(runtime::IoThread& thread,
                                                             Options options, Callbacks callbacks,
                                                             runtime::Log& log,
                                                             redis::RedisMetrics& metrics) {
  // What cannot be sent now is sent anew when Redis is back: nothing has to wait.
  options.redis.when_down = redis::WhenDown::fail;
  auto client =
      redis::make_client({thread.reactor().io().get_executor(), log, metrics}, options.redis);
  if (!client) return client.error();
  std::unique_ptr<PresenceLeases> made(
      new PresenceLeases(thread, std::move(options), std::move(callbacks)));
  made->client_ = std::move(*client);
  return made;
}

PresenceLeases::PresenceLeases(runtime::IoThread& thread, Options options, Callbacks callbacks)
    : thread_(thread),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      timer_(std::make_unique<Timer>(*this)) {}

PresenceLeases::~PresenceLeases() = default;

std::unique_ptr<EventObserver> PresenceLeases::make_observer(const std::string&) {
  return std::make_unique<Observer>(*this);
}

std::string PresenceLeases::key_of(const std::string& process, std::string_view what) const {
  return std::string{options_.prefix}
      .append("-presence:{")
      .append(process)
      .append("}:")
      .append(what);
}

void PresenceLeases::start() {
  thread_.post([this] {
    client_->on_state([this](const redis::ConnectionState&) {
      if (client_->is_up()) sync();
    });
    client_->start();
    timer_->arm();
  });
}

void PresenceLeases::stop(std::function<void()> done) {
  thread_.post([this, done = std::move(done)] {
    stopped_ = true;
    timer_.reset();
    const std::string& own = options_.process;
    client_->execute(redis::Command{"DEL", key_of(own, "members"), key_of(own, "lease")},
                     key_of(own, "members"));
    client_->execute(redis::Command{"SREM", registry(), own}, registry(),
                     [this, done](const Result<redis::Reply>&) {
                       client_->stop();
                       done();
                     });
  });
}

// ---- our own
// ------------------------------------------------------------------------------------

void PresenceLeases::joined(std::string field, std::string uid) {
  if (stopped_) return;
  const std::string key = key_of(options_.process, "members");
  client_->execute(redis::Command{"HSET", key, field, uid}, key);
  members_.insert_or_assign(std::move(field), std::move(uid));
}

void PresenceLeases::left(const std::string& field) {
  if (stopped_ || members_.erase(field) == 0) return;
  const std::string key = key_of(options_.process, "members");
  client_->execute(redis::Command{"HDEL", key, field}, key);
}

/// Redis may have lost everything, or missed what happened meanwhile.
void PresenceLeases::sync() {
  const std::string key = key_of(options_.process, "members");
  client_->execute(redis::Command{"DEL", key}, key);
  for (const auto& [field, uid] : members_) {
    client_->execute(redis::Command{"HSET", key, field, uid}, key);
  }
  renew();
}

void PresenceLeases::renew() {
  const std::string lease = key_of(options_.process, "lease");
  const std::string members = key_of(options_.process, "members");
  client_->execute(redis::Command{"PEXPIRE", members, options_.lease.count() * kMembersTime},
                   members);
  // In the set only once there is a lease: else another process might bury it at once.
  client_->execute(redis::Command{"SET", lease, "1", "PX", options_.lease.count()}, lease,
                   [this](const Result<redis::Reply>& set) {
                     if (stopped_ || !set || !set->is_ok()) return;
                     client_->execute(redis::Command{"SADD", registry(), options_.process},
                                      registry(), [this](const Result<redis::Reply>& added) {
                                        if (stopped_ || !added || !added->is_integer()) return;
                                        const bool was_buried = added->integer == 1 && registered_;
                                        registered_ = true;
                                        if (!was_buried) return;
                                        tell(members_, callbacks_.on_back);
                                        sync();
                                      });
                   });
}

// ---- others
// -------------------------------------------------------------------------------------

void PresenceLeases::look_around() {
  client_->execute(redis::Command{"SMEMBERS", registry()}, registry(),
                   [this](const Result<redis::Reply>& processes) {
                     if (stopped_ || !processes) return;
                     for (const redis::Reply& process : processes->elements) {
                       if (process.text != options_.process) look_at(process.text);
                     }
                   });
}

void PresenceLeases::look_at(const std::string& process) {
  const std::string lease = key_of(process, "lease");
  client_->execute(redis::Command{"EXISTS", lease}, lease,
                   [this, process](const Result<redis::Reply>& exists) {
                     if (stopped_ || !exists || !exists->is_integer() || exists->integer != 0) {
                       return;
                     }
                     bury(process);
                   });
}

void PresenceLeases::bury(const std::string& process) {
  client_->execute(redis::Command{"SREM", registry(), process}, registry(),
                   [this, process](const Result<redis::Reply>& removed) {
                     // Zero: another process was faster, and tells.
                     if (stopped_ || !removed || !removed->is_integer() || removed->integer != 1)
                       return;
                     const std::string key = key_of(process, "members");
                     client_->execute(redis::Command{"HGETALL", key}, key,
                                      [this](const Result<redis::Reply>& all) {
                                        if (stopped_ || !all) return;
                                        Names gone;
                                        for (std::size_t i = 0; i + 1 < all->elements.size();
                                             i += 2) {
                                          gone[all->elements[i].text] = all->elements[i + 1].text;
                                        }
                                        tell(gone, callbacks_.on_gone);
                                      });
                     client_->execute(redis::Command{"DEL", key}, key);
                   });
}

}  // namespace pushgate::node
