#include "node/hub/delivery_journal.hpp"

namespace pushgate::node {

void DeliveryJournal::note(const DeliveryPtr& delivery, const Offset& offset) {
  advance(offset);
  if (waiting_ == 0) return;
  noted_.push_back(delivery);
  offsets_.insert(delivery->envelope->offset);
}

void DeliveryJournal::advance(const Offset& offset) {
  if (!last_ || last_->epoch != offset.epoch || std::is_lt(last_->order(offset))) last_ = offset;
}

void DeliveryJournal::close() noexcept {
  if (--waiting_ > 0) return;
  noted_.clear();
  offsets_.clear();
}

}  // namespace pushgate::node
