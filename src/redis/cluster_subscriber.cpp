#include "cluster_subscriber.hpp"

#include <algorithm>
#include <utility>

namespace pushgate::redis {

namespace {

/// Another node, or another time, may take the channel.
bool is_passing(std::string_view error) {
  const std::string_view word = error.substr(0, error.find(' '));
  return word.empty() || word == "MOVED" || word == "CLUSTERDOWN" || word == "TRYAGAIN" ||
         word == "LOADING" || word == "MASTERDOWN";
}

}  // namespace

ClusterSubscriber::ClusterSubscriber(SharedSetup setup, std::shared_ptr<ClusterView> view,
                                     SubscriberEvents events)
    : setup_(std::move(setup)),
      view_(std::move(view)),
      events_(std::move(events)),
      state_(events_.state),
      following_(view_->follow([this] { on_view(); })) {}

bool ClusterSubscriber::subscribe(SubscriptionKind kind, std::string_view channel) {
  if (stopped_) return false;
  if (kind != SubscriptionKind::shard) return general().subscribe(kind, channel);
  const auto [found, is_new] = shard_channels_.try_emplace(std::string{channel}, nullptr);
  if (is_new || found->second == nullptr) return place(found->first, found->second);
  return found->second->subscribe(kind, channel);
}

void ClusterSubscriber::unsubscribe(SubscriptionKind kind, std::string_view channel) {
  if (kind != SubscriptionKind::shard) {
    if (general_) general_->unsubscribe(kind, channel);
    return;
  }
  const auto found = shard_channels_.find(std::string{channel});
  if (found == shard_channels_.end()) return;
  if (found->second != nullptr) found->second->unsubscribe(kind, channel);
  shard_channels_.erase(found);
}

bool ClusterSubscriber::place(const std::string& channel, ChannelLink*& where) {
  const ServerAddress* const node = view_->slots().node_of(key_slot(channel));
  if (node == nullptr) {
    where = nullptr;
    view_->refresh();
    return false;
  }
  where = &link_to(*node);
  return where->subscribe(SubscriptionKind::shard, channel);
}

ChannelLink& ClusterSubscriber::general() {
  if (!general_) general_ = make_link(view_->any_node(ClusterView::From::members));
  // Not before the members are known: a seed may be known to them by another name.
  if (!general_started_) {
    if (view_->slots().nodes().empty()) {
      view_->refresh();
    } else {
      general_started_ = true;
      general_->start();
    }
  }
  return *general_;
}

ChannelLink& ClusterSubscriber::link_to(const ServerAddress& node) {
  std::unique_ptr<ChannelLink>& link = links_[node];
  if (!link) {
    link = make_link(std::make_shared<FixedLocator>(node));
    link->start();
  }
  return *link;
}

std::unique_ptr<ChannelLink> ClusterSubscriber::make_link(std::shared_ptr<Locator> locator) {
  // The link that an event is about; it is not there yet when the events are made.
  struct Self {
    ChannelLink* link = nullptr;
    bool was_up = false;
  };
  const auto self = std::make_shared<Self>();
  ChannelLinkEvents events;
  events.message = events_.message;
  events.subscribed = events_.subscribed;
  events.refused = [this, self](SubscriptionKind kind, const Names& channels,
                                const std::string& error) {
    on_refused(*self->link, kind, channels, error);
  };
  events.settled = [this] { look_for_end_of_gap(); };
  events.state = [this, self](const ConnectionState& state) {
    const bool was_up = std::exchange(self->was_up, state.up);
    on_state(*self->link, was_up, state);
  };
  auto link = std::make_unique<ChannelLink>(setup_->context, setup_->channel_link(),
                                            std::move(locator), std::move(events));
  self->link = link.get();
  return link;
}

void ClusterSubscriber::on_view() {
  if (general_) general();
  if (general_ && general_->up() && view_->state().up &&
      !view_->slots().has_member(general_->address())) {
    general_->reconnect("not a member of the cluster any more");
  }
  replace_channels();
  drop_links();
  look_for_end_of_gap();
  if (wanted_count() > 0) state_.update(all_up(), view_->state());
}

bool ClusterSubscriber::is_at(const ServerAddress& node, const ChannelLink& link) const {
  const auto found = links_.find(node);
  return found != links_.end() && found->second.get() == &link;
}

/// Every channel whose slot is elsewhere now, or was nowhere.
void ClusterSubscriber::replace_channels() {
  for (auto& [channel, where] : shard_channels_) {
    const ServerAddress* const node = view_->slots().node_of(key_slot(channel));
    if (where != nullptr && (node == nullptr || is_at(*node, *where))) continue;
    if (where != nullptr) {
      where->unsubscribe(SubscriptionKind::shard, channel, true);
      gap_ = true;
    }
    place(channel, where);
  }
}

/// Links to nodes without slots, which nobody needs any more.
void ClusterSubscriber::drop_links() {
  const std::vector<ServerAddress>& nodes = view_->slots().nodes();
  std::erase_if(links_, [&](const auto& one) {
    return one.second->subscriptions().wanted_count() == 0 &&
           std::find(nodes.begin(), nodes.end(), one.first) == nodes.end();
  });
}

void ClusterSubscriber::on_state(const ChannelLink& link, bool was_up,
                                 const ConnectionState& state) {
  if (!state.up) {
    if (was_up && link.subscriptions().wanted_count() > 0) gap_ = true;
    view_->refresh();
  }
  state_.update(all_up(), state);
}

void ClusterSubscriber::on_refused(ChannelLink& link, SubscriptionKind kind, const Names& channels,
                                   const std::string& error) {
  if (kind != SubscriptionKind::shard || !is_passing(error)) {
    setup_->context.log.warn("redis refused a subscription",
                             {{"channel", channels.front()}, {"error", error}});
    return;
  }
  if (error.empty()) gap_ = true;
  for (const std::string& channel : channels) {
    link.unsubscribe(kind, channel, true);
    const auto found = shard_channels_.find(channel);
    if (found != shard_channels_.end()) found->second = nullptr;
  }
  const auto moved = parse_redirection(error, link.address());
  if (!moved) {
    view_->refresh();  // its answer brings them to where they belong
    return;
  }
  view_->learn(*moved);
  for (const std::string& channel : channels) {
    const auto found = shard_channels_.find(channel);
    if (found != shard_channels_.end()) place(channel, found->second);
  }
}

void ClusterSubscriber::look_for_end_of_gap() {
  if (!gap_ || stopped_) return;
  if (!all_placed() || !all_in_use([](const ChannelLink& one) { return one.settled(); })) return;
  gap_ = false;
  setup_->context.metrics.gaps.add();
  if (events_.gap) events_.gap();
}

bool ClusterSubscriber::all_placed() const {
  return std::all_of(shard_channels_.begin(), shard_channels_.end(),
                     [](const auto& one) { return one.second != nullptr; });
}

bool ClusterSubscriber::all_up() const {
  return all_placed() && all_in_use([](const ChannelLink& one) { return one.up(); });
}

template <class Predicate>
bool ClusterSubscriber::all_in_use(Predicate predicate) const {
  const auto fits = [&](const ChannelLink& link) {
    return link.subscriptions().wanted_count() == 0 || predicate(link);
  };
  return (!general_ || fits(*general_)) &&
         std::all_of(links_.begin(), links_.end(),
                     [&](const auto& one) { return fits(*one.second); });
}

std::size_t ClusterSubscriber::wanted_count() const {
  return shard_channels_.size() + (general_ ? general_->subscriptions().wanted_count() : 0);
}

std::size_t ClusterSubscriber::confirmed_count() const {
  std::size_t count = general_ ? general_->subscriptions().confirmed_count() : 0;
  for (const auto& [node, link] : links_) count += link->subscriptions().confirmed_count();
  return count;
}

void ClusterSubscriber::stop() {
  stopped_ = true;
  following_.reset();
  if (general_) general_->stop();
  for (const auto& [node, link] : links_) link->stop();
}

}  // namespace pushgate::redis
