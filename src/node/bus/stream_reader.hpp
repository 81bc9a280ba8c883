#pragma once
// stream_reader.hpp - every entry of a Redis stream from now on, each once, through reconnects.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pushgate/redis/client.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::node {

/// Reads with XREAD BLOCK from a concrete id: that of the newest entry at the start (or one that is
/// given), that of the last entry read from then on. ("$" would mean "the newest one now" at each
/// read, and what is added between two reads would be lost.) Has a client of its own, because a
/// blocking command holds up those behind it. Lives on the bus thread.
class StreamReader {
 public:
  struct Settings {
    std::string stream;
    unsigned count = 100;  ///< at most as many entries as the stream is kept long
    std::chrono::milliseconds block{5000};
    std::string from{};  ///< the id after which to begin; empty: behind the newest
  };
  struct Events {
    /// Fields: names and values in turn.
    std::function<void(const std::string& id, const std::vector<std::string>& fields)> entry;
    /// Entries have been lost: the stream was cut behind the last one read, or began anew.
    std::function<void()> gap;
    /// Reading works, or does not.
    std::function<void(const redis::ConnectionState&)> state;
    /// The entries that came together have all been told. May be empty.
    std::function<void()> read{};
  };

  StreamReader(runtime::Reactor& reactor, std::unique_ptr<redis::Client> client, Settings settings,
               Events events);
  ~StreamReader();

  void start();
  void stop();

 private:
  class Retry;

  void find_place();
  void read();
  /// Is everything behind `seen` still in the stream? Then, or after the gap was told: reads on.
  void check_for_loss(const std::string& seen);
  void on_entries(const Result<redis::Reply>& reply);
  void take(const redis::Reply& entries);
  void fail(const Result<redis::Reply>& reply);
  void try_again();
  void tell(bool up, std::string reason);

  runtime::Reactor& reactor_;
  std::unique_ptr<redis::Client> client_;
  Settings settings_;
  Events events_;
  std::unique_ptr<Retry> retry_;
  std::string last_id_;  // empty: not yet known
  bool up_ = false;
  bool stopped_ = false;
};

}  // namespace pushgate::node
