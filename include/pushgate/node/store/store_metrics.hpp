#pragma once
// store_metrics.hpp - every number that the store exports, in one place.

#include <array>

#include "pushgate/runtime/metrics.hpp"

namespace pushgate::node {

/// Written by the bus thread.
struct alignas(64) StoreMetrics {
  runtime::ThreadCounter appended;
  runtime::ThreadCounter append_failures;
  runtime::ThreadCounter epochs;
  runtime::ThreadCounter gaps;
  runtime::ThreadCounter trimmed;
  runtime::ThreadCounter evicted_messages;
  runtime::ThreadCounter evicted_sessions;
  runtime::ThreadCounter evicted_mail;
  runtime::ThreadCounter expired_sessions;
  runtime::ThreadCounter expired_mail;
  runtime::ThreadCounter overflowed_mail;
  runtime::ThreadCounter sessions_saved;
  runtime::ThreadCounter mail_stored;
  runtime::ThreadCounter failures;

  runtime::ThreadGauge bytes;
  runtime::ThreadGauge messages;
  runtime::ThreadGauge rooms;
  runtime::ThreadGauge sessions;
  runtime::ThreadGauge mail;
};

using StoreCounter = runtime::CounterDef<StoreMetrics>;
using StoreGauge = runtime::GaugeDef<StoreMetrics>;

// A number that is not listed here does not exist: the page and the reference are made from it.
inline constexpr std::array kStoreCounters{
    StoreCounter{"pushgate_store_appended_total", "Messages appended to a log",
                 &StoreMetrics::appended},
    StoreCounter{"pushgate_store_append_failures_total",
                 "Messages delivered without an offset: no log has them",
                 &StoreMetrics::append_failures},
    StoreCounter{"pushgate_store_epochs_total",
                 "Times that a log began anew: nobody can be told what came before",
                 &StoreMetrics::epochs},
    StoreCounter{"pushgate_store_gaps_total",
                 "Times that a log was cut before everything of other processes had been read",
                 &StoreMetrics::gaps},
    StoreCounter{"pushgate_store_trimmed_total",
                 "Messages that left a log because of its size or their age",
                 &StoreMetrics::trimmed},
    StoreCounter{"pushgate_store_evicted_messages_total",
                 "Messages that left all logs because store.bytes were in use",
                 &StoreMetrics::evicted_messages},
    StoreCounter{"pushgate_store_evicted_sessions_total",
                 "Sessions forgotten because store.bytes were in use",
                 &StoreMetrics::evicted_sessions},
    StoreCounter{"pushgate_store_evicted_mail_total", "Mail lost because store.bytes were in use",
                 &StoreMetrics::evicted_mail},
    StoreCounter{"pushgate_store_expired_sessions_total",
                 "Sessions whose client did not come back in time",
                 &StoreMetrics::expired_sessions},
    StoreCounter{"pushgate_store_expired_mail_total", "Mail that nobody acknowledged in its time",
                 &StoreMetrics::expired_mail},
    StoreCounter{"pushgate_store_overflowed_mail_total", "Mail lost because its mailbox was full",
                 &StoreMetrics::overflowed_mail},
    StoreCounter{"pushgate_store_sessions_saved_total", "Times that a session was saved",
                 &StoreMetrics::sessions_saved},
    StoreCounter{"pushgate_store_mail_stored_total", "Messages put into mailboxes",
                 &StoreMetrics::mail_stored},
    StoreCounter{"pushgate_store_failures_total",
                 "Calls of the store that failed because it was away", &StoreMetrics::failures},
};

inline constexpr std::array kStoreGauges{
    StoreGauge{"pushgate_store_bytes", "Bytes in the memory store, about", &StoreMetrics::bytes},
    StoreGauge{"pushgate_store_messages", "Messages in the logs of the memory store",
               &StoreMetrics::messages},
    StoreGauge{"pushgate_store_rooms", "Rooms with a history in the memory store",
               &StoreMetrics::rooms},
    StoreGauge{"pushgate_store_sessions", "Sessions in the memory store that may come back",
               &StoreMetrics::sessions},
    StoreGauge{"pushgate_store_mail", "Mail in the memory store", &StoreMetrics::mail},
};

}  // namespace pushgate::node
