#pragma once
// delivery_journal.hpp - what an io thread has delivered from the logs, as far as somebody has to
// know. Sans-I/O.
//
// Whoever waits for a history is not in its rooms yet. What is delivered meanwhile is noted here,
// and what the history does not contain is sent after it: so nothing is missing and nothing comes
// twice, in whatever order answer and messages arrive.

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "pushgate/node/store/offset.hpp"

#include "node/hub/delivery.hpp"

namespace pushgate::node {

/// Belongs to one io thread.
class DeliveryJournal {
 public:
  /// A delivery with an offset.
  void note(const DeliveryPtr& delivery, const Offset& offset);
  /// Everything up to here has been delivered, as far as it concerned anybody here.
  void advance(const Offset& offset);
  /// The last place of the log that was delivered here; empty if unknown.
  std::string last() const { return last_ ? last_->to_string() : std::string{}; }

  /// Somebody begins to wait; everything is noted from now on until as many have ended it.
  void open() noexcept { ++waiting_; }
  void close() noexcept;
  bool has(const std::string& offset) const { return offsets_.contains(offset); }
  const std::vector<DeliveryPtr>& noted() const noexcept { return noted_; }

 private:
  std::size_t waiting_ = 0;
  std::vector<DeliveryPtr> noted_;
  std::unordered_set<std::string> offsets_;
  std::optional<Offset> last_;
};

}  // namespace pushgate::node
