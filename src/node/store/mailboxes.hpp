#pragma once
// mailboxes.hpp - the mailboxes of the memory store. Sans-I/O.

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "pushgate/node/store/store.hpp"

#include "node/store/expiring_map.hpp"

namespace pushgate::node {

/// Belongs to one thread.
class Mailboxes {
 public:
  explicit Mailboxes(StoreMetrics& metrics) noexcept : metrics_(metrics) {}

  void put(const std::string& uid, Mail mail, const config::MailboxConfig& keep, TimePoint now);
  std::vector<Mail> read(const std::string& uid, const std::string& nsp) const;
  void remove(const std::string& uid, const std::string& message_id);

  void expire(TimePoint now);
  std::optional<TimePoint> next_due() const { return mail_.next_due(); }
  /// What would expire first; false if there is none.
  bool evict_oldest();
  std::size_t bytes() const noexcept { return mail_.bytes(); }

 private:
  struct Letter {
    std::string uid;
    Mail mail;
  };
  void drop(const std::string& key);

  StoreMetrics& metrics_;
  ExpiringMap<Letter> mail_;                                        ///< by user and message
  std::unordered_map<std::string, std::deque<std::string>> boxes_;  ///< message ids, oldest first
};

}  // namespace pushgate::node
