#include "cluster_view.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace pushgate::redis {

namespace {

/// A node that keeps its opinion this often is believed in the end.
constexpr unsigned kMaxContradictions = 3;
constexpr unsigned kMaxDoublings = 5;

class AnyNode final : public Locator {
 public:
  AnyNode(std::weak_ptr<ClusterView> view, ClusterView::From from)
      : view_(std::move(view)), from_(from) {}

  boost::asio::awaitable<Result<ServerAddress>> locate() override {
    const auto view = view_.lock();
    if (!view) co_return make_error_code(Error::stopped);
    co_return view->next_node(from_);
  }

 private:
  std::weak_ptr<ClusterView> view_;  // which owns a connection that owns this
  ClusterView::From from_;
};

}  // namespace

ClusterView::ClusterView(SharedSetup setup)
    : setup_(std::move(setup)), alarm_(setup_->context.executor, [this] { refresh(); }) {}

ClusterView::~ClusterView() = default;

std::shared_ptr<Locator> ClusterView::any_node(From from) {
  return std::make_shared<AnyNode>(weak_from_this(), from);
}

ServerAddress ClusterView::next_node(From from) {
  const std::vector<ServerAddress>& nodes = slots_.nodes();
  const std::vector<ServerAddress>& seeds = setup_->settings.cluster_seeds;
  const bool with_seeds = nodes.empty() || from == From::members_and_seeds;
  const std::size_t index = next_++ % (nodes.size() + (with_seeds ? seeds.size() : 0));
  return index < nodes.size() ? nodes[index] : seeds[index - nodes.size()];
}

std::shared_ptr<void> ClusterView::follow(std::function<void()> on_news) {
  return followers_.add(std::move(on_news), shared_from_this());
}

void ClusterView::close_if_unused() {
  if (followers_.empty()) query_.reset();
}

void ClusterView::open() {
  if (query_) return;
  LinkSettings settings = setup_->link();
  settings.when_down = WhenDown::wait;
  query_ = std::make_unique<Link>(setup_->context, std::move(settings),
                                  any_node(From::members_and_seeds));
  query_->on_state([this](const ConnectionState& state) {
    if (state.up) return;
    state_ = state;
    tell();
  });
  query_->start();
  asking_ = false;
}

void ClusterView::refresh() {
  if (followers_.empty()) return;
  open();
  if (asking_) {
    again_ = true;
    return;
  }
  const TimePoint now = Clock::now();
  if (now < not_before_) {
    alarm_.ask(not_before_);
    return;
  }
  not_before_ = now + kRefreshInterval * (1u << std::min(failures_, kMaxDoublings));
  ask();
}

void ClusterView::learn(const Redirection& moved) {
  learned_[moved.slot] = {moved.to};
  slots_.assign(moved.slot, moved.slot, moved.to);
  refresh();
}

void ClusterView::ask() {
  asking_ = true;
  query_->send(Command{"CLUSTER", "SLOTS"}, setup_->deadline({}),
               [this](Result<Reply> reply) { on_slots(std::move(reply)); });
}

void ClusterView::on_slots(Result<Reply> reply) {
  if (!reply) {
    on_answer(std::nullopt, reply.error(), reply.error().message());
  } else if (reply->error_word() == "ERR") {
    query_->send(Command{"CLUSTER", "SHARDS"}, setup_->deadline({}), [this](Result<Reply> shards) {
      on_answer(shards ? parse_shards(*shards, query_->address(), setup_->settings.tls.enabled)
                       : std::nullopt,
                Error::bad_reply,
                shards && shards->is_error() ? shards->text : "no answer to CLUSTER SHARDS");
    });
  } else {
    on_answer(parse_slots(*reply, query_->address()), Error::bad_reply, reply->text);
  }
}

void ClusterView::on_answer(std::optional<SlotMap> map, ErrorCode error, const std::string& fault) {
  asking_ = false;
  if (!map || map->nodes().empty()) {
    state_ = {false, error, query_->address().to_string() + ": no slots: " + fault};
    setup_->context.log.write(failures_++ == 0 ? runtime::LogLevel::warn : runtime::LogLevel::debug,
                              "redis cluster does not tell its slots", {{"error", state_.reason}});
    query_->reconnect("does not tell the slots");
    again_ = true;
  } else {
    failures_ = 0;
    if (contradicts_what_was_learned(*map)) {
      query_->reconnect("knows less than others");
      again_ = true;
    }
    slots_ = std::move(*map);
    state_ = slots_.complete()
                 ? ConnectionState{.up = true}
                 : ConnectionState{false, Error::not_connected, "not every slot has a node"};
  }
  if (std::exchange(again_, false)) refresh();
  tell();
}

/// Not from within the query's own callback: a follower may be the last one, and leave.
void ClusterView::tell() {
  boost::asio::post(setup_->context.executor, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->followers_.tell();
  });
}

/// A node that has been cut off tells the state of long ago. What owners have said counts more.
bool ClusterView::contradicts_what_was_learned(SlotMap& map) {
  for (auto one = learned_.begin(); one != learned_.end();) {
    auto& [slot, learned] = *one;
    const ServerAddress* const node = map.node_of(slot);
    const bool agrees = node != nullptr && *node == learned.node;
    if (agrees || ++learned.contradictions > kMaxContradictions) {
      one = learned_.erase(one);
    } else {
      map.assign(slot, slot, learned.node);
      ++one;
    }
  }
  return !learned_.empty();
}

}  // namespace pushgate::redis
