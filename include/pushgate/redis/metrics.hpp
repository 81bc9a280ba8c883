#pragma once
// metrics.hpp - every number that Redis connections export, in one place.

#include <array>

#include "pushgate/runtime/metrics.hpp"

namespace pushgate::redis {

/// One instance per thread that has Redis clients: all of them count here.
struct alignas(64) RedisMetrics {
  runtime::ThreadCounter commands;        ///< accepted, whatever became of them
  runtime::ThreadCounter error_replies;   ///< answers that were errors, redirections included
  runtime::ThreadCounter failures;        ///< commands that ended without an answer
  runtime::ThreadCounter timeouts;        ///< of those: because the deadline passed
  runtime::ThreadCounter redirections;    ///< MOVED and ASK that were followed
  runtime::ThreadCounter connects;        ///< handshakes that succeeded
  runtime::ThreadCounter connect_errors;  ///< attempts that did not get so far
  runtime::ThreadCounter disconnects;     ///< working connections that broke
  runtime::ThreadCounter messages;        ///< published messages received
  runtime::ThreadCounter gaps;            ///< times that messages may have been missed
  runtime::ThreadCounter bytes_in;
  runtime::ThreadCounter bytes_out;

  runtime::ThreadGauge connections;  ///< that work
  runtime::ThreadGauge queue_bytes;  ///< commands not yet sent
  runtime::ThreadGauge in_flight;    ///< commands sent and not yet answered
  runtime::ThreadGauge channels;     ///< confirmed subscriptions
};

using RedisCounter = runtime::CounterDef<RedisMetrics>;
using RedisGauge = runtime::GaugeDef<RedisMetrics>;

// A number that is not listed here does not exist: the page and the reference are made from it.
inline constexpr std::array kRedisCounters{
    RedisCounter{"pushgate_redis_commands_total", "Commands given to Redis clients",
                 &RedisMetrics::commands},
    RedisCounter{"pushgate_redis_error_replies_total",
                 "Answers of Redis that were errors, redirections included",
                 &RedisMetrics::error_replies},
    RedisCounter{"pushgate_redis_failures_total", "Commands that ended without an answer",
                 &RedisMetrics::failures},
    RedisCounter{"pushgate_redis_timeouts_total", "Commands not answered by their deadline",
                 &RedisMetrics::timeouts},
    RedisCounter{"pushgate_redis_redirections_total", "MOVED and ASK answers that were followed",
                 &RedisMetrics::redirections},
    RedisCounter{"pushgate_redis_connects_total", "Connections to Redis that were set up",
                 &RedisMetrics::connects},
    RedisCounter{"pushgate_redis_connect_errors_total", "Attempts to connect to Redis that failed",
                 &RedisMetrics::connect_errors},
    RedisCounter{"pushgate_redis_disconnects_total", "Working connections to Redis that broke",
                 &RedisMetrics::disconnects},
    RedisCounter{"pushgate_redis_messages_total", "Published messages received",
                 &RedisMetrics::messages},
    RedisCounter{"pushgate_redis_gaps_total",
                 "Times that published messages may have been missed, after a reconnect",
                 &RedisMetrics::gaps},
    RedisCounter{"pushgate_redis_bytes_in_total", "Bytes received from Redis",
                 &RedisMetrics::bytes_in},
    RedisCounter{"pushgate_redis_bytes_out_total", "Bytes sent to Redis", &RedisMetrics::bytes_out},
};

inline constexpr std::array kRedisGauges{
    RedisGauge{"pushgate_redis_connections", "Connections to Redis that work",
               &RedisMetrics::connections},
    RedisGauge{"pushgate_redis_queue_bytes", "Bytes of commands waiting to be sent",
               &RedisMetrics::queue_bytes},
    RedisGauge{"pushgate_redis_in_flight", "Commands sent and not yet answered",
               &RedisMetrics::in_flight},
    RedisGauge{"pushgate_redis_channels", "Channels whose subscription Redis has confirmed",
               &RedisMetrics::channels},
};

}  // namespace pushgate::redis
