#include "node/inquiries.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

#include "node/node_core.hpp"

namespace pushgate::node {

namespace {

/// Collects what the threads say. The last one to answer passes everything on.
class Collected {
 public:
  Collected(std::size_t threads, std::function<void(Answer)> done)
      : left_(threads), done_(std::move(done)) {}

  void add(Answer part) {
    {
      const std::lock_guard lock(mutex_);
      std::move(part.ids.begin(), part.ids.end(), std::back_inserter(all_.ids));
      std::move(part.sockets.begin(), part.sockets.end(), std::back_inserter(all_.sockets));
      for (std::string& room : part.rooms) {
        if (std::find(all_.rooms.begin(), all_.rooms.end(), room) == all_.rooms.end()) {
          all_.rooms.push_back(std::move(room));
        }
      }
      all_.clients += part.clients;
    }
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_(std::move(all_));
  }

 private:
  std::mutex mutex_;
  Answer all_;
  std::atomic<std::size_t> left_;
  std::function<void(Answer)> done_;
};

/// A broadcast with acknowledgement on one thread: delivered, and every answer passed on.
std::size_t broadcast_with_ack(NodeThread& thread, NamespaceHub& hub, const DeliveryPtr& delivery,
                               const std::function<void(Packet)>& on_ack) {
  const BroadcastOptions& options = delivery->envelope->options;
  std::vector<SessionId> sockets;
  hub.for_each(options, [&sockets](HubSocket& socket) { sockets.push_back(socket.id()); });
  const auto timeout = options.flags.timeout.value_or(thread.settings().config().ack_timeout);
  thread.acks().expect(*delivery->envelope->packet.ack_id, sockets, thread.now() + timeout,
                       [on_ack](const SessionId&, Packet ack) {
                         if (on_ack) on_ack(std::move(ack));
                       });
  return thread.deliver(delivery);
}

Answer answer_on_thread(NodeThread& thread, const Request& request, const DeliveryPtr& delivery,
                        const std::function<void(Packet)>& on_ack) {
  Answer answer;
  NamespaceHub* const hub = thread.find_namespace(request.nsp);
  if (hub == nullptr) return answer;
  if (const auto* const list = std::get_if<ListSockets>(&request.question)) {
    hub->for_each(list->options,
                  [&answer](HubSocket& socket) { answer.ids.push_back(socket.id().to_string()); });
  } else if (const auto* const fetch = std::get_if<FetchSockets>(&request.question)) {
    const std::string& node = thread.core().name();
    hub->for_each(fetch->options, [&](HubSocket& socket) {
      answer.sockets.push_back(describe_socket(socket, node));
    });
  } else if (std::holds_alternative<ListRooms>(request.question)) {
    for (const auto& [name, room] : hub->rooms()) answer.rooms.push_back(name);
    hub->for_each(
        {}, [&answer](HubSocket& socket) { answer.rooms.push_back(socket.id().to_string()); });
  } else if (delivery != nullptr) {
    answer.clients = broadcast_with_ack(thread, *hub, delivery, on_ack);
  }
  return answer;
}

}  // namespace

RemoteSocket describe_socket(const HubSocket& socket, const std::string& node) {
  RemoteSocket described;
  described.id = socket.id().to_string();
  described.rooms = socket.rooms();
  described.rooms.insert(described.rooms.begin(), described.id);
  described.handshake = socket.handshake_json();
  described.data = socket.data_json();
  described.node = node;
  return described;
}

void ask_threads(NodeCore& core, Request request, std::function<void(Answer)> done,
                 const std::function<void(Packet)>& on_ack) {
  DeliveryPtr delivery;
  if (const auto* const broadcast = std::get_if<BroadcastWithAck>(&request.question)) {
    // The id in the packet is the asking node's business; here it must be one of our own.
    Envelope envelope = *broadcast->envelope;
    envelope.packet.ack_id = core.next_ack_id();
    delivery = core.prepare(std::make_shared<const Envelope>(std::move(envelope)));
  }
  const auto collected = std::make_shared<Collected>(core.threads(), std::move(done));
  const auto shared = std::make_shared<const Request>(std::move(request));
  core.on_every_thread([=](NodeThread& thread) {
    collected->add(answer_on_thread(thread, *shared, delivery, on_ack));
  });
}

void MergedAnswers::add_own(Answer answer) {
  std::unique_lock lock(mutex_);
  own_ = std::move(answer);
  finish_part(std::move(lock));
}

void MergedAnswers::add_others(Answers answers) {
  std::unique_lock lock(mutex_);
  all_ = std::move(answers);
  finish_part(std::move(lock));
}

void MergedAnswers::finish_part(std::unique_lock<std::mutex> lock) {
  if (--parts_left_ > 0) return;
  lock.unlock();  // the other part has been here: nobody else comes
  Answer& all = all_.all;
  std::move(own_.ids.begin(), own_.ids.end(), std::back_inserter(all.ids));
  std::move(own_.sockets.begin(), own_.sockets.end(), std::back_inserter(all.sockets));
  std::move(own_.rooms.begin(), own_.rooms.end(), std::back_inserter(all.rooms));
  all.clients += own_.clients;
  ++all_.nodes;
  done_(std::move(all_));
}

void answer_inquiry(NodeCore& core, const InquiryPtr& inquiry) {
  const Request& request = inquiry->request();
  if (std::holds_alternative<AskServers>(request.question)) {
    // No application runs here that could answer: one null, so that nobody waits for it.
    Answer answer;
    answer.values.push_back({.type = PacketType::ack, .nsp = request.nsp, .data = "[null]"});
    inquiry->answer(std::move(answer));
    return;
  }
  ask_threads(
      core, request, [inquiry](Answer answer) { inquiry->answer(std::move(answer)); },
      [inquiry](Packet ack) { inquiry->acknowledge(std::move(ack)); });
}

}  // namespace pushgate::node
