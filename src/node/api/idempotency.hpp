#pragma once
// idempotency.hpp - answers that are remembered under an Idempotency-Key. Sans-I/O.

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pushgate/base/clock.hpp"

#include "node/api/api_reply.hpp"

namespace pushgate::node {

/// Bounded in number, bytes and time; the oldest answer gives way. One thread.
class IdempotencyTable {
 public:
  struct Bounds {
    std::size_t entries = 10'000;
    std::size_t bytes = 16 * 1024 * 1024;
    std::chrono::milliseconds keep{600'000};
  };
  explicit IdempotencyTable(Bounds bounds) : bounds_(bounds) {}
  IdempotencyTable() : IdempotencyTable(Bounds{}) {}

  /// `digest` stands for the request: method, path and body. Nullopt: it is new; do it, and then
  /// `remember` the answer. Otherwise the answer: the remembered one, or 422 if the key came with
  /// another request.
  std::optional<ApiReply> find(std::string_view key, std::string_view digest, TimePoint now);
  void remember(std::string_view key, std::string_view digest, const ApiReply& reply,
                TimePoint now);

  void forget(std::string_view key) { drop(std::string{key}); }

  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string digest;
    ApiReply reply;
    TimePoint since;
    std::list<std::string>::iterator place;
  };
  static std::size_t cost(const std::string& key, const Entry& entry) noexcept;
  void drop(const std::string& key);
  void drop_old(TimePoint now);

  Bounds bounds_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> oldest_first_;
  std::size_t bytes_ = 0;
};

/// 1 to 255 visible ASCII characters.
bool is_idempotency_key(std::string_view key) noexcept;

}  // namespace pushgate::node
