#pragma once
// response_cache.hpp - the answers of the back end, built once per size and date.

#include <cstddef>
#include <ctime>
#include <deque>
#include <string>
#include <string_view>

namespace pushgate::bench {

/// Whole responses, head and body in one piece, so that an answer is one send. The Date field is
/// rewritten in place when the second changes, as a real server's would be.
class ResponseCache {
 public:
  /// The view stays valid, and keeps its length, as long as the cache lives.
  std::string_view response(std::size_t body_bytes);

 private:
  struct Entry {
    std::size_t body_bytes = 0;
    std::string bytes;
  };
  void refresh_date();

  std::deque<Entry> entries_;
  std::time_t date_of_ = 0;
};

}  // namespace pushgate::bench
