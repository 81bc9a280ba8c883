#pragma once
// bus_metrics.hpp - every number that the bus exports, in one place.

#include <array>

#include "pushgate/runtime/metrics.hpp"

namespace pushgate::node {

/// Written by the bus thread.
struct alignas(64) BusMetrics {
  runtime::ThreadCounter published;
  runtime::ThreadCounter publish_failures;
  runtime::ThreadCounter received;
  runtime::ThreadCounter received_bytes;
  runtime::ThreadCounter own_dropped;
  runtime::ThreadCounter foreign_dropped;
  runtime::ThreadCounter logged_dropped;
  runtime::ThreadCounter undecodable;
  runtime::ThreadCounter delivered;
  runtime::ThreadCounter requests;
  runtime::ThreadCounter partial_requests;
  runtime::ThreadCounter inquiries;
  runtime::ThreadCounter late_answers;
  runtime::ThreadCounter gaps;

  runtime::ThreadGauge state;
  runtime::ThreadGauge queued_bytes;
  runtime::ThreadGauge subscribed_rooms;
  runtime::ThreadGauge known_nodes;
};

using BusCounter = runtime::CounterDef<BusMetrics>;
using BusGauge = runtime::GaugeDef<BusMetrics>;

// A number that is not listed here does not exist: the page and the reference are made from it.
inline constexpr std::array kBusCounters{
    BusCounter{"pushgate_bus_published_total", "Messages sent to other processes",
               &BusMetrics::published},
    BusCounter{"pushgate_bus_publish_failures_total",
               "Messages that reached the nodes of this process only",
               &BusMetrics::publish_failures},
    BusCounter{"pushgate_bus_received_total", "Messages received from the broker",
               &BusMetrics::received},
    BusCounter{"pushgate_bus_received_bytes_total", "Bytes of the messages received",
               &BusMetrics::received_bytes},
    BusCounter{"pushgate_bus_own_dropped_total", "Messages received back that this process sent",
               &BusMetrics::own_dropped},
    BusCounter{"pushgate_bus_foreign_dropped_total",
               "Messages dropped undecoded: no member of their room here",
               &BusMetrics::foreign_dropped},
    BusCounter{"pushgate_bus_logged_dropped_total",
               "Broadcasts dropped because they come out of the log, too",
               &BusMetrics::logged_dropped},
    BusCounter{"pushgate_bus_undecodable_total", "Messages dropped because they make no sense",
               &BusMetrics::undecodable},
    BusCounter{"pushgate_bus_delivered_total", "Broadcasts handed to nodes of this process",
               &BusMetrics::delivered},
    BusCounter{"pushgate_bus_requests_total", "Requests of this process to the other nodes",
               &BusMetrics::requests},
    BusCounter{"pushgate_bus_partial_requests_total", "Requests that some node did not answer",
               &BusMetrics::partial_requests},
    BusCounter{"pushgate_bus_inquiries_total", "Requests of other nodes answered",
               &BusMetrics::inquiries},
    BusCounter{"pushgate_bus_late_answers_total", "Answers that came after the request had ended",
               &BusMetrics::late_answers},
    BusCounter{"pushgate_bus_gaps_total", "Times that broadcasts may have been missed",
               &BusMetrics::gaps},
};

inline constexpr std::array kBusGauges{
    BusGauge{"pushgate_bus_state", "0 up, 1 degraded, 2 down", &BusMetrics::state},
    BusGauge{"pushgate_bus_queued_bytes", "Bytes that wait for the broker to come back",
             &BusMetrics::queued_bytes},
    BusGauge{"pushgate_bus_subscribed_rooms", "Room channels that this process is subscribed to",
             &BusMetrics::subscribed_rooms},
    BusGauge{"pushgate_bus_known_nodes", "Other processes that keep a lease",
             &BusMetrics::known_nodes},
};

}  // namespace pushgate::node
