#include <algorithm>
#include <set>
#include <utility>

#include "node/inquiries.hpp"
#include "node/node_core.hpp"
#include "node/push_service.hpp"
#include "node/session/client_socket.hpp"

namespace pushgate::node {

namespace {
// Beyond the time of the devices: for the answers of nodes to arrive.
constexpr std::chrono::milliseconds kGrace{500};
}  // namespace

/// One push to any number of users.
struct PushService::Message {
  std::string id;
  PushRequest request;
  config::MailboxConfig mailbox;
  PushReport report;
  PushDone done;
  std::size_t users_left = 0;

  std::chrono::milliseconds keep_status() const {
    return std::max<std::chrono::milliseconds>(kKeepPushes, mailbox.ttl);
  }
};

/// One user, while the devices have time.
struct PushService::Target final : runtime::TimerNode {
  Target(PushService& of, std::uint64_t n, MessagePtr what, std::string who, bool second)
      : service(of), number(n), message(std::move(what)), uid(std::move(who)), is_second(second) {}
  void on_timer(TimePoint) override { service.end(*this); }

  PushService& service;
  const std::uint64_t number;
  const MessagePtr message;
  const std::string uid;
  const bool is_second;  ///< it lies in the mailbox, but its user may have come meanwhile
  bool knows_own = false;
  bool knows_others = false;
  std::uint64_t own_sent = 0;
  std::uint64_t own_acknowledged = 0;
  std::uint64_t others_sent = 0;
  std::uint64_t others_acknowledged = 0;
};

PushService::PushService(runtime::IoThread& thread, NodeCore& core, Bus& bus, Store& store)
    : thread_(thread), core_(core), bus_(bus), store_(store) {}

PushService::~PushService() = default;

std::string PushService::push(PushRequest request, PushDone done) {
  auto message = std::make_shared<Message>();
  {
    const std::lock_guard lock(ids_mutex_);
    message->id = ids_.next_socket_id().to_string();
  }
  message->report.message_id = message->id;
  message->request = std::move(request);
  message->done = std::move(done);
  thread_.post([this, message] { begin(message); });
  return message->id;
}

void PushService::status(std::string message_id, PushStatusDone done) {
  store_.read_push(std::move(message_id), std::move(done));
}

void PushService::close() {
  thread_.post([this] {
    while (!targets_.empty()) end(*targets_.begin()->second);
  });
}

// ---- on the bus thread
// ----------------------------------------------------------------------------

void PushService::begin(const MessagePtr& message) {
  const std::shared_ptr<const NodeSnapshot> settings = core_.snapshot();
  const config::NodeConfig& config = settings->config();
  PushRequest& request = message->request;
  if (request.ack_timeout.count() <= 0) request.ack_timeout = config.ack_timeout;
  message->mailbox = config.mailbox;
  if (request.mailbox_ttl) message->mailbox.ttl = *request.mailbox_ttl;
  if (message->mailbox.ttl.count() <= 0) message->mailbox.enabled = false;
  const std::set<std::string> uids{request.uids.begin(), request.uids.end()};
  message->users_left = uids.size();
  if (uids.empty() && message->done) message->done(message->report);
  for (const std::string& uid : uids) {
    metrics_.messages.add();
    store_.note_push({message->id, {.uid = uid}}, message->keep_status());
    broadcast(message, uid, false);
  }
}

void PushService::broadcast(const MessagePtr& message, std::string uid, bool is_second) {
  const std::uint64_t number = next_target_++;
  auto made = std::make_unique<Target>(*this, number, message, std::move(uid), is_second);
  Target& target = *made;
  targets_.emplace(number, std::move(made));
  metrics_.pending.add(1);
  thread_.reactor().arm(target, thread_.reactor().now() + message->request.ack_timeout + kGrace);
  ask(target);
}

void PushService::ask(Target& target) {
  const PushRequest& push = target.message->request;
  Envelope envelope;
  envelope.packet.nsp = push.nsp;
  envelope.packet.data = push.data;
  envelope.packet.attachments = push.attachments;
  envelope.options.rooms.push_back(user_room(target.uid));
  envelope.options.flags.timeout = push.ack_timeout;
  const Request request{push.nsp,
                        BroadcastWithAck{std::make_shared<const Envelope>(std::move(envelope))}};
  const std::uint64_t number = target.number;
  ask_threads(
      core_, request,
      [this, number](const Answer& answer) {
        later(number, [clients = answer.clients](Target& waiting) {
          waiting.knows_own = true;
          waiting.own_sent = clients;
        });
      },
      [this, number](const Packet&) {
        later(number, [](Target& waiting) { ++waiting.own_acknowledged; });
      });
  bus_.request(core_.peer(), request, {}, [this, number](Answers answers) {
    later(number, [answers = std::move(answers)](Target& waiting) {
      waiting.knows_others = true;
      waiting.others_sent = answers.all.clients;
      waiting.others_acknowledged = answers.all.values.size();
      std::vector<std::string>& missing = waiting.message->report.missing_nodes;
      for (const std::string& node : answers.missing) {
        if (std::find(missing.begin(), missing.end(), node) == missing.end()) {
          missing.push_back(node);
        }
      }
    });
  });
}

void PushService::later(std::uint64_t number, std::function<void(Target&)> change) {
  thread_.post([this, number, change = std::move(change)] {
    const auto found = targets_.find(number);
    if (found == targets_.end()) return;
    change(*found->second);
    look_at(*found->second);
  });
}

void PushService::look_at(Target& target) {
  if (target.knows_own && target.knows_others && target.own_acknowledged >= target.own_sent) {
    end(target);
  }
}

void PushService::end(Target& target) {
  const std::unique_ptr<Target> ended = std::move(targets_.at(target.number));
  targets_.erase(target.number);
  metrics_.pending.add(-1);
  const MessagePtr message = ended->message;
  PushStatus status{.uid = ended->uid};
  status.acknowledged = ended->own_acknowledged + ended->others_acknowledged;
  status.sent = std::max(ended->own_sent + ended->others_sent, status.acknowledged);
  status.timed_out = status.sent - status.acknowledged;
  metrics_.devices.add(status.sent);
  metrics_.acknowledged.add(status.acknowledged);
  metrics_.timed_out.add(status.timed_out);
  if (ended->is_second) {
    if (status.acknowledged > 0) store_.remove_mail(status.uid, message->id);
    if (status.sent > 0) store_.note_push({message->id, status}, message->keep_status());
    return;
  }
  if (status.acknowledged == 0 && message->mailbox.enabled) {
    put_away(message, status);
    return;
  }
  if (status.acknowledged == 0) metrics_.undeliverable.add();
  report(message, status);
}

void PushService::put_away(const MessagePtr& message, const PushStatus& status) {
  const PushRequest& push = message->request;
  Mail mail{message->id, {PacketType::event, push.nsp, {}, push.data, push.attachments}};
  store_.put_mail(status.uid, std::move(mail), message->mailbox,
                  [this, message, status](ErrorCode error) {
                    PushStatus now = status;
                    now.stored = !error;
                    if (error) {
                      metrics_.store_failures.add();
                      metrics_.undeliverable.add();
                    } else {
                      metrics_.stored.add();
                    }
                    // A device that connected after the broadcast and looked into the mailbox
                    // before this has seen neither.
                    if (!error && now.sent == 0) broadcast(message, now.uid, true);
                    report(message, now);
                  });
}

void PushService::report(const MessagePtr& message, const PushStatus& status) {
  store_.note_push({message->id, status}, message->keep_status());
  message->report.users.push_back(status);
  if (--message->users_left > 0 || !message->done) return;
  message->done(std::move(message->report));
  message->done = nullptr;
}

}  // namespace pushgate::node
