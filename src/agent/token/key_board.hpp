#pragma once
// key_board.hpp - the key sets that are fetched, one for each URL of the whole process.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "pushgate/base/clock.hpp"

namespace pushgate::agent {

class RemoteKeys;

/// Made once and kept across reloads: what was fetched once stays in use until something better
/// comes. Thread-safe. May be destroyed before those who use its RemoteKeys.
class KeyBoard {
 public:
  struct Timing {
    Clock::duration wait = std::chrono::seconds{5};  ///< how long a request waits for keys
    Clock::duration unknown_key_interval =
        std::chrono::seconds{10};  ///< between fetches because of a `kid` that nobody knows
    Clock::duration retry = std::chrono::seconds{10};       ///< after a failure, with keys in hand
    Clock::duration first_retry = std::chrono::seconds{1};  ///< after a failure, without any
  };

  KeyBoard() : KeyBoard(Timing{}) {}
  explicit KeyBoard(const Timing& timing);
  ~KeyBoard();
  KeyBoard(const KeyBoard&) = delete;
  KeyBoard& operator=(const KeyBoard&) = delete;

  /// The keys of that URL; fetches nothing. A second call with another interval changes it.
  std::shared_ptr<RemoteKeys> keys_of(const std::string& url, Clock::duration refresh);

 private:
  Timing timing_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<RemoteKeys>> by_url_;
};

}  // namespace pushgate::agent
