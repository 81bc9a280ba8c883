#pragma once
// delivery_journal.hpp - what an io thread has delivered from the logs, as far as somebody has to
// know. Sans-I/O.
//
// Whoever waits for a history is not in its rooms yet. What is delivered meanwhile is noted here,
// and what the history does not contain is sent after it: so nothing is missing and nothing comes
// twice, in whatever order answer and messages arrive.

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "pushgate/node/store/offset.hpp"

#include "node/hub/delivery.hpp"
#include "node/hub/room_hub.hpp"

namespace pushgate::node {

/// Belongs to one io thread.
class DeliveryJournal {
 public:
  /// A delivery with an offset.
  void note(const DeliveryPtr& delivery, const Offset& offset);
  /// The end of the log when the thread had not delivered anything yet.
  void begin_at(std::string_view nsp, std::string_view offset);
  /// The last place of the namespace's log that was delivered here; empty if unknown.
  std::string last(std::string_view nsp) const;

  /// Somebody begins to wait; everything is noted from now on until as many have ended it.
  void open() noexcept { ++waiting_; }
  void close() noexcept;
  bool has(const std::string& offset) const { return offsets_.contains(offset); }
  const std::vector<DeliveryPtr>& noted() const noexcept { return noted_; }

 private:
  std::size_t waiting_ = 0;
  std::vector<DeliveryPtr> noted_;
  std::unordered_set<std::string> offsets_;
  TextMap<Offset> last_;
};

}  // namespace pushgate::node
