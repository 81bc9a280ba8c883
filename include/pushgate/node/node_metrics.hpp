#pragma once
// node_metrics.hpp - every number that the io threads of a push node export, in one place.

#include <array>
#include <string_view>

#include "pushgate/node/store/store.hpp"
#include "pushgate/runtime/metrics.hpp"

namespace pushgate::node {

/// Written by one io thread each.
struct alignas(64) NodeMetrics {
  runtime::ThreadCounter connections;
  runtime::ThreadCounter connections_refused;
  runtime::ThreadCounter connections_handed_over;
  runtime::ThreadCounter accept_errors;
  runtime::ThreadCounter http_requests;
  runtime::ThreadCounter http_refused;
  runtime::ThreadCounter handshakes_refused;
  runtime::ThreadCounter sessions_opened;
  runtime::ThreadCounter sessions_upgraded;
  runtime::ThreadCounter sockets_connected;
  runtime::ThreadCounter connects_refused;
  runtime::ThreadCounter packets_received;
  runtime::ThreadCounter bytes_received;
  runtime::ThreadCounter bytes_sent;
  runtime::ThreadCounter events_received;
  runtime::ThreadCounter events_refused;
  runtime::ThreadCounter acks_received;
  runtime::ThreadCounter publishes;
  runtime::ThreadCounter messages_queued;
  runtime::ThreadCounter writes;
  runtime::ThreadCounter messages_dropped_volatile;
  runtime::ThreadCounter messages_dropped_oldest;
  runtime::ThreadCounter slow_consumers;
  runtime::ThreadCounter protocol_errors;
  runtime::ThreadCounter ping_timeouts;
  runtime::ThreadCounter connect_timeouts;
  runtime::ThreadCounter sessions_recovered;
  /// By StoreMiss: recoveries that were not possible.
  std::array<runtime::ThreadCounter, kStoreMisses> recoveries_failed;
  runtime::ThreadCounter resyncs;
  runtime::ThreadCounter histories_read;
  runtime::ThreadCounter histories_incomplete;
  runtime::ThreadCounter mail_sent;
  runtime::ThreadCounter mail_acknowledged;
  runtime::ThreadCounter presence_events;

  runtime::ThreadGauge http_connections;
  runtime::ThreadGauge websocket_sessions;
  runtime::ThreadGauge polling_sessions;
  runtime::ThreadGauge plain_clients;
  runtime::ThreadGauge event_streams;
  runtime::ThreadGauge sockets;
  runtime::ThreadGauge rooms;
  runtime::ThreadGauge queued_bytes;
};

using NodeCounter = runtime::CounterDef<NodeMetrics>;
using NodeGauge = runtime::GaugeDef<NodeMetrics>;

// A number that is not listed here does not exist: the page and the reference are made from it.
inline constexpr std::array kNodeCounters{
    NodeCounter{"pushgate_node_connections_total", "TCP connections accepted",
                &NodeMetrics::connections},
    NodeCounter{"pushgate_node_connections_refused_total",
                "Connections turned away because maxConnections were open",
                &NodeMetrics::connections_refused},
    NodeCounter{"pushgate_node_connections_handed_over_total",
                "Connections given to the io thread that has their session",
                &NodeMetrics::connections_handed_over},
    NodeCounter{"pushgate_node_accept_errors_total", "Failed accepts", &NodeMetrics::accept_errors},
    NodeCounter{"pushgate_node_http_requests_total", "HTTP requests, handshakes among them",
                &NodeMetrics::http_requests},
    NodeCounter{"pushgate_node_http_refused_total",
                "HTTP requests answered with an error by the node", &NodeMetrics::http_refused},
    NodeCounter{"pushgate_node_handshakes_refused_total",
                "Engine.IO requests answered with an error code", &NodeMetrics::handshakes_refused},
    NodeCounter{"pushgate_node_sessions_opened_total", "Engine.IO sessions opened",
                &NodeMetrics::sessions_opened},
    NodeCounter{"pushgate_node_sessions_upgraded_total",
                "Sessions that went from polling to WebSocket", &NodeMetrics::sessions_upgraded},
    NodeCounter{"pushgate_node_sockets_connected_total", "Sockets connected to a namespace",
                &NodeMetrics::sockets_connected},
    NodeCounter{"pushgate_node_connects_refused_total", "Namespaces refused to a client",
                &NodeMetrics::connects_refused},
    NodeCounter{"pushgate_node_packets_received_total", "Messages received from clients",
                &NodeMetrics::packets_received},
    NodeCounter{"pushgate_node_received_bytes_total", "Bytes read from clients",
                &NodeMetrics::bytes_received},
    NodeCounter{"pushgate_node_sent_bytes_total", "Bytes written to clients",
                &NodeMetrics::bytes_sent},
    NodeCounter{"pushgate_node_events_received_total", "Events received from clients",
                &NodeMetrics::events_received},
    NodeCounter{"pushgate_node_events_refused_total",
                "Events of clients that asked for what they may not do",
                &NodeMetrics::events_refused},
    NodeCounter{"pushgate_node_acks_received_total", "Acknowledgements received from clients",
                &NodeMetrics::acks_received},
    NodeCounter{"pushgate_node_resyncs_total",
                "Clients that were told that they may have missed messages", &NodeMetrics::resyncs},
    NodeCounter{"pushgate_node_publishes_total",
                "Broadcasts delivered by an io thread, from wherever they came",
                &NodeMetrics::publishes},
    NodeCounter{"pushgate_node_messages_queued_total", "Messages put into the queues of clients",
                &NodeMetrics::messages_queued},
    NodeCounter{"pushgate_node_writes_total",
                "System calls that sent messages over WebSocket or an event stream",
                &NodeMetrics::writes},
    NodeCounter{"pushgate_node_messages_dropped_volatile_total",
                "Volatile messages dropped because a client could not take them",
                &NodeMetrics::messages_dropped_volatile},
    NodeCounter{"pushgate_node_messages_dropped_oldest_total",
                "Messages dropped from full queues by the policy dropOldest",
                &NodeMetrics::messages_dropped_oldest},
    NodeCounter{"pushgate_node_slow_consumers_total",
                "Connections closed because their queue was full", &NodeMetrics::slow_consumers},
    NodeCounter{"pushgate_node_protocol_errors_total", "Sessions ended by what their client sent",
                &NodeMetrics::protocol_errors},
    NodeCounter{"pushgate_node_ping_timeouts_total", "Sessions ended for want of a sign of life",
                &NodeMetrics::ping_timeouts},
    NodeCounter{"pushgate_node_connect_timeouts_total",
                "Sessions ended because they joined no namespace in time",
                &NodeMetrics::connect_timeouts},
    NodeCounter{"pushgate_node_sessions_recovered_total",
                "Connections that got everything they had missed",
                &NodeMetrics::sessions_recovered},
    NodeCounter{"pushgate_node_histories_read_total",
                "Clients that asked for what was published before", &NodeMetrics::histories_read},
    NodeCounter{"pushgate_node_histories_incomplete_total",
                "Of those, clients that were told that it is not kept",
                &NodeMetrics::histories_incomplete},
    NodeCounter{"pushgate_node_mail_sent_total", "Mail sent to devices that connected",
                &NodeMetrics::mail_sent},
    NodeCounter{"pushgate_node_mail_acknowledged_total", "Of that, acknowledged in time",
                &NodeMetrics::mail_acknowledged},
    NodeCounter{"pushgate_node_presence_events_total",
                "Events that told a room who had come or gone", &NodeMetrics::presence_events},
};

/// With the label "reason": see StoreMiss.
inline constexpr std::string_view kRecoveriesFailed = "pushgate_node_recoveries_failed_total";
inline constexpr std::string_view kRecoveriesFailedHelp =
    "Recoveries asked for that were not possible";

inline constexpr std::array kNodeGauges{
    NodeGauge{"pushgate_node_http_connections",
              "Connections that speak HTTP: between requests, polling, or in a handshake",
              &NodeMetrics::http_connections},
    NodeGauge{"pushgate_node_websocket_sessions", "Engine.IO sessions over WebSocket",
              &NodeMetrics::websocket_sessions},
    NodeGauge{"pushgate_node_polling_sessions", "Engine.IO sessions over long-polling",
              &NodeMetrics::polling_sessions},
    NodeGauge{"pushgate_node_plain_clients", "Plain WebSocket clients",
              &NodeMetrics::plain_clients},
    NodeGauge{"pushgate_node_event_streams", "Event streams open", &NodeMetrics::event_streams},
    NodeGauge{"pushgate_node_sockets", "Sockets connected to a namespace, plain clients included",
              &NodeMetrics::sockets},
    NodeGauge{"pushgate_node_rooms", "Rooms with members, per io thread and summed",
              &NodeMetrics::rooms},
    NodeGauge{"pushgate_node_queued_bytes", "Bytes that wait in the queues of clients",
              &NodeMetrics::queued_bytes},
};

}  // namespace pushgate::node
