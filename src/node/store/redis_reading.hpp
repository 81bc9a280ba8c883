#pragma once
// redis_reading.hpp - what Redis' answers mean to the store. Sans-I/O.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/store/offset.hpp"
#include "pushgate/node/store/store.hpp"
#include "pushgate/redis/reply.hpp"

namespace pushgate::node {

/// An entry of a log: its id, and the event.
struct LogEntry {
  Offset place;
  EnvelopePtr envelope;
};

/// What the read script answered.
struct Reading {
  StoreMiss miss = StoreMiss::store_away;
  std::string epoch{};
  std::string position{};
  std::optional<Offset> newest{};   ///< the log's last entry
  std::vector<LogEntry> entries{};  ///< of all streams, in order, each once
  bool cut = false;                 ///< some stream had more
};

/// `count`: how many entries of a stream were asked for.
Reading read_answer(const Result<redis::Reply>& answer, std::size_t count);

/// Of HGETALL: fields "s:<uid>" sent, "a:" acknowledged, "t:" timed out, "m:" stored.
std::optional<PushReport> report_of(const std::string& id, const Result<redis::Reply>& answer);

}  // namespace pushgate::node
