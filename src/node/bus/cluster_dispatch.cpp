#include "node/bus/cluster_dispatch.hpp"

#include <memory>
#include <utility>

namespace pushgate::node {

namespace {

void dispatch_request(ClusterMessage message, WireEvents& events, const ClusterRespond& respond) {
  const auto request = std::make_shared<const Request>(std::get<Request>(message.content));
  AnswerSink sink;
  sink.answer = [respond, request, nsp = message.nsp, uid = message.uid,
                 id = message.request_id](const Answer& answer) {
    respond(nsp, uid, cluster_answer(id, *request, answer));
  };
  sink.acknowledge = [respond, nsp = message.nsp, uid = message.uid, id = message.request_id](
                         const Packet& ack) { respond(nsp, uid, cluster_ack(id, ack)); };
  events.on_inquiry(std::get<Request>(std::move(message.content)), std::move(sink));
}

void dispatch_answer(ClusterMessage message, std::string_view own_uid, WireEvents& events) {
  if (!message.request_id.starts_with(own_uid)) return events.wire_metrics().foreign_dropped.add();
  Answer& answer = std::get<Answer>(message.content);
  if (message.type == ClusterType::broadcast_ack) {
    return events.on_ack(message.request_id, std::move(answer.values.front()));
  }
  events.on_answer(message.request_id, message.uid, std::move(answer));
}

}  // namespace

void dispatch_cluster_message(ClusterMessage message, std::string_view own_uid, WireEvents& events,
                              const ClusterRespond& respond) {
  if (auto* envelope = std::get_if<Envelope>(&message.content)) {
    events.on_broadcast(std::move(*envelope));
  } else if (const auto* command = std::get_if<Command>(&message.content)) {
    events.on_command(*command);
  } else if (std::holds_alternative<Request>(message.content)) {
    dispatch_request(std::move(message), events, respond);
  } else if (std::holds_alternative<Answer>(message.content)) {
    dispatch_answer(std::move(message), own_uid, events);
  }
}

}  // namespace pushgate::node
