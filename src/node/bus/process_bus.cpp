#include "node/bus/process_bus.hpp"

#include <utility>

#include <fmt/format.h>

namespace pushgate::node {

namespace {

/// What a node of this process answers as.
std::string key_of(PeerId peer) { return fmt::format("local:{}", peer); }

}  // namespace

ProcessBus::ProcessBus(runtime::IoThread& thread, std::unique_ptr<BusWire> wire, std::string tag)
    : thread_(thread),
      inbox_(std::make_shared<BusInbox>(thread, *this)),
      wire_(std::move(wire)),
      tag_(std::move(tag)),
      inquiries_(thread.reactor(), inbox_),
      requests_(thread.reactor(), metrics_, [this](const std::string& id, const std::string& nsp) {
        if (wire_) wire_->recount(id, nsp);
      }) {
  if (!wire_) return;
  status_ = {BusState::down, "not connected yet", true};
  metrics_.state.set(static_cast<std::int64_t>(BusState::down));
  inbox_->post([](ProcessBus& bus) { bus.wire_->start(bus); });
}

ProcessBus::~ProcessBus() {
  inbox_->detach();
  inquiries_.clear();
}

// ---- calls of any thread
// --------------------------------------------------------------------------

PeerId ProcessBus::attach(BusPeer& peer, std::string name) {
  const PeerId id = next_peer_.fetch_add(1);
  inbox_->post([id, &peer, name = std::move(name)](ProcessBus& bus) mutable {
    bus.peers_.emplace(id, Attached{&peer, std::move(name)});
    peer.on_status(bus.status_);
  });
  return id;
}

void ProcessBus::detach(PeerId peer, std::function<void()> done) {
  inbox_->post([peer, done = std::move(done)](ProcessBus& bus) {
    bus.do_detach(peer);
    done();
  });
}

void ProcessBus::open_namespace(PeerId peer, std::string_view nsp) {
  inbox_->post([peer, name = std::string{nsp}](ProcessBus& bus) {
    if (bus.interest_.open(peer, name) && bus.wire_) bus.wire_->open_namespace(name);
  });
}

void ProcessBus::close_namespace(PeerId peer, std::string_view nsp) {
  inbox_->post([peer, name = std::string{nsp}](ProcessBus& bus) {
    if (bus.interest_.close(peer, name) && bus.wire_) bus.wire_->close_namespace(name);
  });
}

void ProcessBus::join_room(PeerId peer, std::string_view nsp, std::string_view room) {
  inbox_->post([peer, name = std::string{nsp}, room = std::string{room}](ProcessBus& bus) {
    if (bus.interest_.join(peer, name, room) && bus.wire_) bus.wire_->want_room(name, room);
  });
}

void ProcessBus::leave_room(PeerId peer, std::string_view nsp, std::string_view room) {
  inbox_->post([peer, name = std::string{nsp}, room = std::string{room}](ProcessBus& bus) {
    if (bus.interest_.leave(peer, name, room) && bus.wire_) bus.wire_->unwant_room(name, room);
  });
}

void ProcessBus::begin_listening(PeerId peer, std::string_view nsp) {
  inbox_->post([peer, name = std::string{nsp}](ProcessBus& bus) {
    bus.interest_.begin_listening(peer, name);
  });
}

void ProcessBus::end_listening(PeerId peer, std::string_view nsp) {
  inbox_->post([peer, name = std::string{nsp}](ProcessBus& bus) {
    bus.interest_.end_listening(peer, name);
  });
}

void ProcessBus::add_socket(PeerId peer, std::string_view nsp, std::string_view id) {
  inbox_->post([peer, name = std::string{nsp}, id = std::string{id}](ProcessBus& bus) {
    if (bus.interest_.add_socket(peer, name, id) && bus.wire_) bus.wire_->want_socket(name, id);
  });
}

void ProcessBus::remove_socket(PeerId peer, std::string_view nsp, std::string_view id) {
  inbox_->post([peer, name = std::string{nsp}, id = std::string{id}](ProcessBus& bus) {
    if (bus.interest_.remove_socket(peer, name, id) && bus.wire_) {
      bus.wire_->unwant_socket(name, id);
    }
  });
}

void ProcessBus::publish(PeerId origin, EnvelopePtr envelope, PublishDone done) {
  inbox_->post([origin, envelope = std::move(envelope), done = std::move(done)](ProcessBus& bus) {
    bus.do_publish(origin, envelope, done);
  });
}

void ProcessBus::command(PeerId origin, Command command) {
  inbox_->post(
      [origin, command = std::move(command)](ProcessBus& bus) { bus.do_command(origin, command); });
}

void ProcessBus::request(PeerId origin, Request request, RequestLimits limits, RequestDone done) {
  inbox_->post([origin, request = std::move(request), limits,
                done = std::move(done)](ProcessBus& bus) mutable {
    bus.do_request(origin, request, limits, std::move(done));
  });
}

void ProcessBus::close(std::function<void()> done) {
  inbox_->post(
      [done = std::move(done)](ProcessBus& bus) mutable { bus.do_close(std::move(done)); });
}

BusStatus ProcessBus::status() const {
  const std::lock_guard lock{told_mutex_};
  return status_;
}

std::vector<std::string> ProcessBus::known_nodes() const {
  const std::lock_guard lock{told_mutex_};
  return known_nodes_;
}

// ---- the same on the bus thread
// -------------------------------------------------------------------

void ProcessBus::do_detach(PeerId id) {
  peers_.erase(id);
  const Interest::Lost lost = interest_.forget(id);
  inquiries_.forget(id);
  requests_.forget(key_of(id));
  if (!wire_) return;
  for (const auto& [nsp, room] : lost.rooms) wire_->unwant_room(nsp, room);
  for (const auto& [nsp, socket] : lost.sockets) wire_->unwant_socket(nsp, socket);
  for (const std::string& nsp : lost.namespaces) wire_->close_namespace(nsp);
}

void ProcessBus::do_publish(PeerId origin, const EnvelopePtr& envelope, PublishDone done) {
  const auto call_done = [&](Result<std::string> result) {
    if (done) done(std::move(result));
  };
  if (envelope->options.flags.local) return call_done(std::string{});
  deliver(origin, envelope);
  if (!wire_) return call_done(std::string{});
  if (closed_) {
    return call_done(make_error_code(boost::system::errc::operation_canceled));
  }
  wire_->publish(*envelope, std::move(done));
}

void ProcessBus::deliver_logged(EnvelopePtr envelope) {
  // Who joined before it was published has told so by now.
  inbox_->run();
  deliver(kNobody, envelope);
}

void ProcessBus::publish_logged(PeerId origin, EnvelopePtr envelope) {
  inbox_->run();
  deliver(origin, envelope);
  if (!wire_ || closed_ || !wire_->carries_logged()) return;
  Envelope marked = *envelope;
  marked.options.flags.log = log_name_;
  wire_->publish(marked, {});
}

void ProcessBus::do_command(PeerId origin, const Command& command) {
  apply(origin, command);
  if (wire_ && !closed_) wire_->command(command);
}

void ProcessBus::do_request(PeerId origin, const Request& request, RequestLimits limits,
                            RequestDone done) {
  const std::vector<InquiryBoard::Asked> asked = askable(request, origin);
  std::vector<RequestBoard::Expected> expected;
  expected.reserve(asked.size());
  for (const auto& node : asked) expected.push_back({key_of(node.id), peers_.at(node.id).name});
  const std::string id = fmt::format("{}-{:x}", tag_, next_request_++);
  const bool remote = wire_ != nullptr && !closed_;
  requests_.begin(id, request, limits, remote, expected, std::move(done));
  for (const auto& node : asked) {
    AnswerSink sink;
    sink.answer = [this, id, key = key_of(node.id)](Answer answer) {
      requests_.on_answer(id, key, std::move(answer));
    };
    sink.acknowledge = [this, id](Packet packet) { requests_.on_ack(id, std::move(packet)); };
    inquiries_.ask({node}, request, std::move(sink));
  }
  if (remote) wire_->ask(id, request);
  requests_.settle(id);
}

void ProcessBus::do_close(std::function<void()> done) {
  if (closed_) return done();
  closed_ = true;
  requests_.finish_all();
  if (!wire_) return done();
  wire_->close(std::move(done));
}

// ---- among the nodes of this process
// --------------------------------------------------------------

BusPeer* ProcessBus::peer(PeerId id) const {
  const auto place = peers_.find(id);
  return place == peers_.end() ? nullptr : place->second.peer;
}

void ProcessBus::deliver(PeerId origin, const EnvelopePtr& envelope) {
  for (const PeerId id : interest_.targets(envelope->packet.nsp, envelope->options.rooms, origin)) {
    BusPeer* const target = peer(id);
    if (target == nullptr) continue;
    metrics_.delivered.add();
    target->deliver(envelope);
  }
}

void ProcessBus::apply(PeerId origin, const Command& command) {
  for (const auto& [id, attached] : peers_) {
    if (id != origin && interest_.is_open(id, command.nsp)) attached.peer->apply(command);
  }
}

std::vector<InquiryBoard::Asked> ProcessBus::askable(const Request& request, PeerId origin) const {
  std::vector<InquiryBoard::Asked> asked;
  for (const auto& [id, attached] : peers_) {
    if (id != origin && interest_.is_open(id, request.nsp)) asked.push_back({id, attached.peer});
  }
  return asked;
}

// ---- what the wire reports
// ------------------------------------------------------------------------

bool ProcessBus::has_audience(std::string_view nsp, const BroadcastOptions& options) {
  inbox_->run();
  return !interest_.targets(nsp, options.rooms, kNobody).empty();
}

bool ProcessBus::has_members(std::string_view nsp, std::string_view room) const {
  return interest_.has_members(nsp, room);
}

bool ProcessBus::has_socket(std::string_view nsp, std::string_view id) const {
  return interest_.has_socket(nsp, id);
}

void ProcessBus::on_broadcast(Envelope envelope) {
  const std::string& log = envelope.options.flags.log;
  if (!log.empty() && log == log_name_) return metrics_.logged_dropped.add();
  deliver(kNobody, std::make_shared<const Envelope>(std::move(envelope)));
}

void ProcessBus::on_command(const Command& command) { apply(kNobody, command); }

void ProcessBus::on_inquiry(Request request, AnswerSink sink) {
  thread_.reactor().refresh_now();
  metrics_.inquiries.add();
  const std::vector<InquiryBoard::Asked> asked = askable(request, kNobody);
  inquiries_.ask(asked, std::move(request), std::move(sink));
}

void ProcessBus::on_census(const std::string& request_id, Census census) {
  thread_.reactor().refresh_now();
  requests_.on_census(request_id, std::move(census));
}

void ProcessBus::on_unreachable(const std::string& request_id, std::vector<std::string> names) {
  thread_.reactor().refresh_now();
  requests_.on_unreachable(request_id, std::move(names));
}

void ProcessBus::on_answer(const std::string& request_id, std::string_view uid, Answer answer) {
  thread_.reactor().refresh_now();
  requests_.on_answer(request_id, uid, std::move(answer));
}

void ProcessBus::on_ack(const std::string& request_id, Packet ack) {
  thread_.reactor().refresh_now();
  requests_.on_ack(request_id, std::move(ack));
}

void ProcessBus::on_gap() {
  metrics_.gaps.add();
  for (const auto& [id, attached] : peers_) attached.peer->on_gap();
}

void ProcessBus::on_status(BusStatus status) {
  {
    const std::lock_guard lock{told_mutex_};
    if (status_ == status) return;
    status_ = status;
  }
  metrics_.state.set(static_cast<std::int64_t>(status.state));
  for (const auto& [id, attached] : peers_) attached.peer->on_status(status);
}

void ProcessBus::on_known_nodes(std::vector<std::string> names) {
  metrics_.known_nodes.set(static_cast<std::int64_t>(names.size()));
  const std::lock_guard lock{told_mutex_};
  known_nodes_ = std::move(names);
}

}  // namespace pushgate::node
