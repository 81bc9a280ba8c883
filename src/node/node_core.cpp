#include "node/node_core.hpp"

#include <algorithm>
#include <utility>

#include "pushgate/node/store/offset.hpp"

#include "node/demo/demo_files.hpp"
#include "node/inquiries.hpp"
#include "node/session/client_files.hpp"

namespace pushgate::node {

namespace {
// A fresh connection goes to another thread only if that one has clearly less to do.
constexpr std::uint64_t kLoadMargin = 16;
}  // namespace

NodeCore::NodeCore(Setup setup, const std::shared_ptr<const NodeSnapshot>& snapshot, Bus& bus,
                   Store& store, runtime::Log& log)
    : setup_(std::move(setup)),
      tag_(node_tag_of(setup_.name)),
      log_(log),
      bus_(bus),
      store_(store),
      snapshot_(snapshot),
      threads_(setup_.place.sockets.size(),
               [this](std::string_view what) {
                 log_.error("exception escaped a connection", {{"what", what}});
               }),
      metrics_(threads_.size()),
      heartbeats_(threads_.size(), [this](std::size_t thread, std::function<void()> work) {
        threads_[thread].post(std::move(work));
      }) {
  peer_ = bus_.attach(*this, setup_.name);
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    node_threads_.push_back(std::make_unique<NodeThread>(
        NodeThread::Context{*this, threads_[i], metrics_.at(i), log_, snapshot, setup_.observers}));
  }
  make_listeners();
  add_files(snapshot->config());
  for (const std::string& nsp : snapshot->config().namespaces) {
    if (nsp != "*") bus_.open_namespace(peer_, nsp);
  }
}

NodeCore::~NodeCore() { stop(); }

void NodeCore::add_files(const config::NodeConfig& config) {
  if (config.client_files) {
    const bool is_default = config.client_files->empty();
    files_.add_folder(is_default ? find_client_files() : *config.client_files, config.path);
  }
  if (config.demo) {
    add_demo_files(files_, {.name = setup_.name, .tag = tag_, .engine_path = config.path});
  }
}

void NodeCore::stop() {
  cut_sessions();
  threads_.stop();
}

// ---- connections
// -----------------------------------------------------------------------------

void NodeCore::make_listeners() {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    listeners_.push_back(std::make_unique<net::Listener>(
        threads_[i].reactor(), std::move(setup_.place.sockets[i]),
        net::Listener::Events{
            [this, i](UniqueFd fd, const Endpoint& peer) { accept(i, std::move(fd), peer); },
            [this, i](ErrorCode error) {
              NodeThread& thread = *node_threads_[i];
              thread.metrics().accept_errors.add();
              thread.rare_log().warn("accept failed", error.message(),
                                     {{"error", error.message()}});
            }}));
  }
}

void NodeCore::start() {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    threads_[i].post([this, i] {
      if (const ErrorCode error = listeners_[i]->start()) {
        log_.error("cannot watch a listener", {{"error", error.message()}});
      }
    });
  }
  threads_.start();
}

void NodeCore::close_listener() {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    threads_[i].post([this, i] { listeners_[i]->finish(); });
  }
}

std::size_t NodeCore::least_loaded(std::size_t accepting) const noexcept {
  std::size_t best = accepting;
  const std::uint64_t own = node_threads_[accepting]->load();
  std::uint64_t least = own;
  for (std::size_t i = 0; i < node_threads_.size(); ++i) {
    const std::uint64_t load = node_threads_[i]->load();
    if (load < least) {
      least = load;
      best = i;
    }
  }
  return own > least + kLoadMargin + least / 8 ? best : accepting;
}

void NodeCore::accept(std::size_t index, UniqueFd socket, const Endpoint& peer) {
  NodeThread& here = *node_threads_[index];
  if (work_left() >= setup_.max_connections) {
    here.metrics().connections_refused.add();
    here.rare_log().warn("connection limit reached", "maxConnections",
                         {{"maxConnections", setup_.max_connections}});
    here.turn_away(std::move(socket));
    return;
  }
  const std::size_t target = threads_.size() > 1 ? least_loaded(index) : index;
  NodeThread::Accepted accepted{std::move(socket), peer, {}};
  if (target == index) {
    here.serve(std::move(accepted));
  } else {
    here.hand_over(target, std::move(accepted));
  }
}

void NodeCore::use_snapshot(const std::shared_ptr<const NodeSnapshot>& next) {
  const std::shared_ptr<const NodeSnapshot> before = snapshot();
  {
    const std::lock_guard lock(snapshot_mutex_);
    snapshot_ = next;
  }
  const std::vector<std::string>& known = before->config().namespaces;
  for (const std::string& nsp : next->config().namespaces) {
    const bool is_new = std::find(known.begin(), known.end(), nsp) == known.end();
    if (nsp != "*" && is_new) bus_.open_namespace(peer_, nsp);
  }
  on_every_thread([next](NodeThread& thread) { thread.use_snapshot(next); });
}

void NodeCore::begin_drain() {
  on_every_thread([](NodeThread& thread) { thread.begin_drain(); });
}

void NodeCore::finish_sessions() {
  on_every_thread([](NodeThread& thread) { thread.finish(); });
}

void NodeCore::cut_sessions() {
  on_every_thread([](NodeThread& thread) { thread.cut(); });
}

std::uint64_t NodeCore::work_left() const noexcept {
  std::uint64_t sum = 0;
  for (const std::unique_ptr<NodeThread>& thread : node_threads_) sum += thread->load();
  return sum;
}

void NodeCore::on_every_thread(const std::function<void(NodeThread&)>& work) {
  for (std::size_t i = 0; i < node_threads_.size(); ++i) {
    threads_[i].post([work, &thread = *node_threads_[i]] { work(thread); });
  }
}

std::shared_ptr<const NodeSnapshot> NodeCore::snapshot() const {
  const std::lock_guard lock(snapshot_mutex_);
  return snapshot_;
}

// ---- messages
// --------------------------------------------------------------------------------

bool NodeCore::publish(Envelope envelope, std::size_t from, PublishedDone done) {
  auto shared = std::make_shared<const Envelope>(std::move(envelope));
  if (AppendRule rule = snapshot()->append_rule_of(*shared); !rule.wants_nothing()) {
    append(
        std::move(shared), std::move(rule),
        [this](EnvelopePtr placed) {
          distribute(prepare(placed), kNoThread);
          if (setup_.is_alone) return;
          // Without an offset no log has it: then it goes the way of everything else.
          if (placed->offset.empty()) return bus_.publish(peer_, std::move(placed));
          bus_.publish_logged(peer_, std::move(placed));
        },
        std::move(done));
    return true;
  }
  distribute(prepare(shared), from);
  if (!shared->options.flags.local && !setup_.is_alone) bus_.publish(peer_, std::move(shared));
  return false;
}

void NodeCore::publish_to_session(Envelope envelope, std::size_t index) {
  auto shared = std::make_shared<const Envelope>(std::move(envelope));
  AppendRule rule = snapshot()->append_rule_of(*shared);
  if (rule.wants_nothing()) {
    node_threads_[index]->deliver(prepare(std::move(shared)));
    return;
  }
  // By the time that it has its place the client may have come back elsewhere.
  append(std::move(shared), std::move(rule), [this](EnvelopePtr placed) {
    if (setup_.is_alone) return distribute(prepare(std::move(placed)), kNoThread);
    bus_.deliver_logged(std::move(placed));
  });
}

/// `deliver` is called on the bus thread. Without an offset, because the store is away, a message
/// is delivered all the same; the store counts that.
void NodeCore::append(EnvelopePtr envelope, AppendRule rule, StoreDone<EnvelopePtr> deliver,
                      PublishedDone done) {
  const EnvelopePtr kept = envelope;
  store_.append(std::move(envelope), std::move(rule),
                [kept, deliver = std::move(deliver),
                 done = std::move(done)](const Result<std::string>& offset) {
                  if (offset) {
                    auto placed = std::make_shared<Envelope>(*kept);
                    placed->offset = *offset;
                    deliver(std::move(placed));
                  } else {
                    deliver(kept);
                  }
                  if (done) done(offset ? ErrorCode{} : offset.error());
                });
}

DeliveryPtr NodeCore::prepare(EnvelopePtr envelope) const {
  const std::shared_ptr<const NodeSnapshot> settings = snapshot();
  const Handling handling = settings->handling_of(envelope->options, envelope->packet.nsp);
  return make_delivery(std::move(envelope), handling);
}

/// One post per io thread; the calling one delivers at once.
void NodeCore::distribute(const DeliveryPtr& delivery, std::size_t from) {
  for (std::size_t i = 0; i < node_threads_.size(); ++i) {
    NodeThread& thread = *node_threads_[i];
    if (i == from) {
      thread.deliver(delivery);
    } else {
      threads_[i].post([&thread, delivery] { thread.deliver(delivery); });
    }
  }
}

void NodeCore::command(Command command, std::size_t from) {
  const auto shared = std::make_shared<const Command>(std::move(command));
  for (std::size_t i = 0; i < node_threads_.size(); ++i) {
    NodeThread& thread = *node_threads_[i];
    if (i == from) {
      thread.apply(*shared);
    } else {
      threads_[i].post([&thread, shared] { thread.apply(*shared); });
    }
  }
  bus_.command(peer_, *shared);
}

void NodeCore::begin_listening(std::string_view nsp) {
  if (!setup_.is_alone) bus_.begin_listening(peer_, nsp);
}

void NodeCore::end_listening(std::string_view nsp) {
  if (!setup_.is_alone) bus_.end_listening(peer_, nsp);
}

void NodeCore::ask(Request request, RequestLimits limits, RequestDone done) {
  const auto merged = std::make_shared<MergedAnswers>(std::move(done));
  bus_.request(peer_, request, limits,
               [merged](Answers answers) { merged->add_others(std::move(answers)); });
  ask_threads(*this, std::move(request),
              [merged](Answer answer) { merged->add_own(std::move(answer)); });
}

void NodeCore::on_namespace(std::string_view nsp) {
  const std::shared_ptr<const NodeSnapshot> settings = snapshot();
  const std::vector<std::string>& known = settings->config().namespaces;
  if (std::find(known.begin(), known.end(), nsp) == known.end()) bus_.open_namespace(peer_, nsp);
}

void NodeCore::on_room_occupied(std::string_view nsp, std::string_view room) {
  if (!setup_.is_alone) bus_.join_room(peer_, nsp, room);
}
void NodeCore::on_room_vacated(std::string_view nsp, std::string_view room) {
  if (!setup_.is_alone) bus_.leave_room(peer_, nsp, room);
}
void NodeCore::on_socket_added(std::string_view nsp, const SessionId& id) {
  if (setup_.is_alone) return;
  const SessionId::Text text = id.text();
  bus_.add_socket(peer_, nsp, {text.data(), text.size()});
}
void NodeCore::on_socket_removed(std::string_view nsp, const SessionId& id) {
  if (setup_.is_alone) return;
  const SessionId::Text text = id.text();
  bus_.remove_socket(peer_, nsp, {text.data(), text.size()});
}

// ---- from the bus
// ----------------------------------------------------------------------------

void NodeCore::deliver(EnvelopePtr envelope) {
  // Offsets of the streams adapter have no epoch: they are not places in the log of our store.
  if (const auto place = Offset::parse(envelope->offset); place && place->epoch.empty()) {
    auto plain = std::make_shared<Envelope>(*envelope);
    plain->offset.clear();
    envelope = std::move(plain);
  }
  distribute(prepare(std::move(envelope)), kNoThread);
}

void NodeCore::apply(const Command& command) {
  const auto shared = std::make_shared<const Command>(command);
  on_every_thread([shared](NodeThread& thread) { thread.apply(*shared); });
}

void NodeCore::inquire(InquiryPtr inquiry) { answer_inquiry(*this, inquiry); }

void NodeCore::on_gap() { tell_gap("bus"); }

void NodeCore::tell_gap(std::string_view reason) {
  on_every_thread([reason](NodeThread& thread) { thread.on_gap(reason); });
}

void NodeCore::on_status(const BusStatus& status) {
  if (status.state == BusState::up) {
    // Said right after the attachment too: that is no news.
    if (std::exchange(cut_off_, false)) {
      log_.info("other nodes can be reached again", {{"node", setup_.name}});
    }
  } else {
    cut_off_ = true;
    log_.warn("other nodes cannot be reached as they should",
              {{"node", setup_.name}, {"reason", status.reason}});
  }
}

}  // namespace pushgate::node
