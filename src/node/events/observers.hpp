#pragma once
// observers.hpp - the observers of one io thread, and how they are told.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/event_observer.hpp"
#include "pushgate/node/transport/close_reason.hpp"

namespace pushgate::node {

class HubSocket;
class NamespaceHub;

/// Costs one comparison while nobody observes.
class Observers {
 public:
  /// One observer of each source. `node`: the name of the node.
  Observers(const std::string& node, std::span<EventObserverSource* const> sources);

  /// One more, which may change: what the admin UI is shown. Null: none.
  void set_admin(EventObserver* admin) noexcept { admin_ = admin; }

  void connected(const HubSocket& socket) const;
  void disconnected(const HubSocket& socket, CloseReason reason) const;
  void joined(const HubSocket& socket, std::string_view room) const;
  void left(const HubSocket& socket, std::string_view room) const;
  void occupied(const NamespaceHub& hub, std::string_view room) const;
  void vacated(const NamespaceHub& hub, std::string_view room) const;
  void event(const HubSocket& socket, std::string_view data, std::size_t attachments) const;

 private:
  std::string node_;
  bool nobody() const noexcept {
    return admin_ == nullptr &&
           std::none_of(observers_.begin(), observers_.end(),
                        [](const auto& observer) { return observer->listens(); });
  }
  template <class Tell>
  void for_each(Tell tell) const {
    for (const auto& observer : observers_) tell(*observer);
    if (admin_ != nullptr) tell(*admin_);
  }

  std::vector<std::unique_ptr<EventObserver>> observers_;
  EventObserver* admin_ = nullptr;
};

}  // namespace pushgate::node
