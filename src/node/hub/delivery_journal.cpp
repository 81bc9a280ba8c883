#include "node/hub/delivery_journal.hpp"

#include <optional>

namespace pushgate::node {

void DeliveryJournal::note(const DeliveryPtr& delivery, const Offset& offset) {
  const std::string& nsp = delivery->envelope->packet.nsp;
  const auto found = last_.find(nsp);
  if (found == last_.end()) {
    last_.emplace(nsp, offset);
  } else if (found->second.epoch != offset.epoch || std::is_lt(found->second.order(offset))) {
    found->second = offset;
  }
  if (waiting_ == 0) return;
  noted_.push_back(delivery);
  offsets_.insert(delivery->envelope->offset);
}

void DeliveryJournal::begin_at(std::string_view nsp, std::string_view offset) {
  const std::optional<Offset> place = Offset::parse(offset);
  if (place && !last_.contains(nsp)) last_.emplace(std::string{nsp}, *place);
}

std::string DeliveryJournal::last(std::string_view nsp) const {
  const auto found = last_.find(nsp);
  return found == last_.end() ? std::string{} : found->second.to_string();
}

void DeliveryJournal::close() noexcept {
  if (--waiting_ > 0) return;
  noted_.clear();
  offsets_.clear();
}

}  // namespace pushgate::node
