#pragma once
// cluster_subscriber.hpp - channels of a cluster: sharded ones at the node of their slot, the
// others at any one node, to which the cluster sends them all.

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "cluster_view.hpp"
#include "state_changes.hpp"

namespace pushgate::redis {

class ClusterSubscriber final : public Subscriber {
 public:
  ClusterSubscriber(SharedSetup setup, std::shared_ptr<ClusterView> view, SubscriberEvents events);

  bool subscribe(SubscriptionKind kind, std::string_view channel) override;
  void unsubscribe(SubscriptionKind kind, std::string_view channel) override;
  std::size_t wanted_count() const override;
  std::size_t confirmed_count() const override;
  void stop() override;

 private:
  using Names = std::vector<std::string>;

  ChannelLink& general();
  ChannelLink& link_to(const ServerAddress& node);
  std::unique_ptr<ChannelLink> make_link(std::shared_ptr<Locator> locator);
  bool place(const std::string& channel, ChannelLink*& where);
  void on_view();
  void replace_channels();
  void drop_links();
  void on_state(const ChannelLink& link, bool was_up, const ConnectionState& state);
  void on_refused(ChannelLink& link, SubscriptionKind kind, const Names& channels,
                  const std::string& error);
  void look_for_end_of_gap();
  bool is_at(const ServerAddress& node, const ChannelLink& link) const;
  bool all_placed() const;
  bool all_up() const;
  template <class Predicate>
  bool all_in_use(Predicate predicate) const;

  SharedSetup setup_;
  std::shared_ptr<ClusterView> view_;
  SubscriberEvents events_;
  StateChanges state_;
  std::shared_ptr<void> following_;
  std::unique_ptr<ChannelLink> general_;
  bool general_started_ = false;
  std::map<ServerAddress, std::unique_ptr<ChannelLink>> links_;
  /// Sharded channels that are wanted, and where they are; nullptr: nowhere yet.
  std::unordered_map<std::string, ChannelLink*> shard_channels_;
  bool gap_ = false;  // messages may have been missed, and nobody has been told yet
  bool stopped_ = false;
};

}  // namespace pushgate::redis
