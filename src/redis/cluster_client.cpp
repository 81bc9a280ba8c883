#include "cluster_client.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "cluster_subscriber.hpp"

namespace pushgate::redis {

struct ClusterClient::Errand {
  Command command;
  TimePoint deadline;
  ReplyCallback on_reply;
  std::optional<std::uint16_t> slot = {};
  std::optional<ServerAddress> node = {};  // this one, whatever the slot
  bool asking = false;                     // `node` was named by ASK
  unsigned redirections = 0;
  std::optional<Reply> answer = {};  // the error that asked for patience
  TimePoint not_before = TimePoint::min();
  RepliesCallback on_replies = {};  // for every master
};

namespace {

bool asks_for_patience(const Reply& reply) {
  const std::string_view word = reply.error_word();
  return word == "TRYAGAIN" || word == "CLUSTERDOWN" || word == "LOADING" || word == "MASTERDOWN";
}

}  // namespace

ClusterClient::ClusterClient(SharedSetup setup)
    : setup_(std::move(setup)),
      view_(std::make_shared<ClusterView>(setup_)),
      following_(view_->follow([this] { on_view(); })),
      late_errors_(setup_->context),
      alarm_(setup_->context.executor, [this] { retry_parked(); }) {}

ClusterClient::~ClusterClient() {
  setup_->context.metrics.queue_bytes.add(-static_cast<std::int64_t>(parked_bytes_));
}

void ClusterClient::start() { view_->refresh(); }

void ClusterClient::stop() {
  if (std::exchange(stopped_, true)) return;
  following_.reset();
  alarm_.stop();
  for (const auto& [address, link] : links_) link->stop();
  late_errors_.flush();
  fail_parked(Error::stopped);
}

void ClusterClient::execute(Command command, std::string_view key, ReplyCallback on_reply,
                            std::optional<std::chrono::milliseconds> timeout) {
  setup_->context.metrics.commands.add();
  if (stopped_) {
    late_errors_.add(std::move(on_reply), Error::stopped);
    return;
  }
  auto errand = std::make_shared<Errand>(
      Errand{std::move(command), setup_->deadline(timeout), std::move(on_reply)});
  if (!key.empty()) errand->slot = key_slot(key);
  dispatch(std::move(errand));
}

void ClusterClient::execute_everywhere(Command command, RepliesCallback on_replies,
                                       std::optional<std::chrono::milliseconds> timeout) {
  setup_->context.metrics.commands.add();
  auto errand = std::make_shared<Errand>(Errand{std::move(command), setup_->deadline(timeout), {}});
  errand->on_replies = on_replies ? std::move(on_replies) : [](const auto&) {};
  if (stopped_) {
    late_errors_.add([errand](Result<Reply> reply) { errand->on_replies({std::move(reply)}); },
                     Error::stopped);
    return;
  }
  dispatch(std::move(errand));
}

void ClusterClient::dispatch(SharedErrand errand) {
  const ServerAddress* const node = choose_node(*errand);
  if (node == nullptr) {
    view_->refresh();
    park(std::move(errand), TimePoint::min());
    return;
  }
  if (errand->on_replies) {
    dispatch_everywhere(errand);
    return;
  }
  Link& link = link_to(*node);
  if (link.up()) {
    send(link, std::move(errand));
  } else {
    park(std::move(errand), TimePoint::min());
  }
}

void ClusterClient::dispatch_everywhere(const SharedErrand& errand) {
  struct Gathering {
    RepliesCallback on_replies;
    std::vector<Result<Reply>> replies;
    std::size_t missing;
  };
  const std::vector<ServerAddress> nodes = view_->slots().nodes();
  const auto gathering =
      std::make_shared<Gathering>(Gathering{std::move(errand->on_replies), {}, nodes.size()});
  for (const ServerAddress& node : nodes) {
    auto one = std::make_shared<Errand>(Errand{errand->command, errand->deadline, {}});
    one->node = node;
    one->on_reply = [gathering](Result<Reply> reply) {
      gathering->replies.push_back(std::move(reply));
      if (--gathering->missing == 0) gathering->on_replies(std::move(gathering->replies));
    };
    dispatch(std::move(one));
  }
}

const ServerAddress* ClusterClient::choose_node(const Errand& errand) {
  if (errand.node) return &*errand.node;
  if (errand.slot) return view_->slots().node_of(*errand.slot);
  const std::vector<ServerAddress>& nodes = view_->slots().nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const ServerAddress& node = nodes[next_node_++ % nodes.size()];
    if (link_to(node).up()) return &node;
  }
  return nodes.empty() ? nullptr : &nodes.front();
}

void ClusterClient::send(Link& link, SharedErrand errand) {
  // One after the other: ASKING is about the next command of the connection.
  if (std::exchange(errand->asking, false)) link.send(Command{"ASKING"}, errand->deadline, {});
  Command copy = errand->command;
  const TimePoint deadline = errand->deadline;
  link.send(std::move(copy), deadline,
            [this, errand = std::move(errand), &link](Result<Reply> reply) {
              on_reply(errand, link.address(), std::move(reply));
            });
}

void ClusterClient::on_reply(const SharedErrand& errand, const ServerAddress& from,
                             Result<Reply> reply) {
  if (stopped_) return finish(*errand, std::move(reply));
  if (!reply) {
    if (reply.error() != Error::timed_out) view_->refresh();
    if (reply.error() == Error::not_connected) return park(errand, TimePoint::min());
    return finish(*errand, std::move(reply));
  }
  if (!reply->is_error()) return finish(*errand, std::move(reply));
  if (const auto redirection = parse_redirection(reply->text, from)) {
    return redirect(errand, *redirection);
  }
  if (!asks_for_patience(*reply)) return finish(*errand, std::move(reply));
  if (reply->error_word() != "TRYAGAIN") view_->refresh();
  errand->answer = std::move(*reply);
  park(errand, Clock::now() + kRetryDelay);
}

void ClusterClient::redirect(SharedErrand errand, const Redirection& redirection) {
  setup_->context.metrics.redirections.add();
  if (++errand->redirections > kMaxRedirections) {
    finish(*errand, Error::too_many_redirections);
    return;
  }
  errand->slot = redirection.slot;
  errand->asking = redirection.ask;
  errand->node.reset();
  if (redirection.ask) {
    errand->node = redirection.to;
  } else {
    view_->learn(redirection);
  }
  dispatch(std::move(errand));
}

void ClusterClient::park(SharedErrand errand, TimePoint not_before) {
  const bool fails = setup_->settings.when_down == WhenDown::fail && !errand->answer;
  const std::size_t bytes = errand->command.encoded_bytes();
  if (fails || parked_bytes_ + bytes > setup_->settings.max_queue_bytes) {
    late_errors_.add([this, errand](Result<Reply> reply) { finish(*errand, std::move(reply)); },
                     fails ? Error::not_connected : Error::queue_full);
    return;
  }
  errand->not_before = not_before;
  parked_bytes_ += bytes;
  setup_->context.metrics.queue_bytes.add(static_cast<std::int64_t>(bytes));
  alarm_.ask(
      std::min(errand->deadline, not_before == TimePoint::min() ? TimePoint::max() : not_before));
  parked_.push_back(std::move(errand));
}

ClusterClient::SharedErrand ClusterClient::unpark() {
  SharedErrand errand = std::move(parked_.front());
  parked_.pop_front();
  const std::size_t bytes = errand->command.encoded_bytes();
  parked_bytes_ -= bytes;
  setup_->context.metrics.queue_bytes.add(-static_cast<std::int64_t>(bytes));
  return errand;
}

/// Called when something has changed that gives hope, and when something is due. Whatever still
/// cannot be sent parks itself anew, in the same order.
void ClusterClient::retry_parked() {
  const TimePoint now = Clock::now();
  for (std::size_t left = parked_.size(); left > 0 && !parked_.empty(); --left) {
    SharedErrand errand = unpark();
    if (end_if_late(*errand, now)) continue;
    if (now < errand->not_before) {
      const TimePoint not_before = errand->not_before;
      park(std::move(errand), not_before);
    } else {
      dispatch(std::move(errand));
    }
  }
}

void ClusterClient::fail_parked(Error error) {
  for (std::size_t left = parked_.size(); left > 0 && !parked_.empty(); --left) {
    setup_->context.metrics.failures.add();
    finish(*unpark(), error);
  }
}

bool ClusterClient::end_if_late(Errand& errand, TimePoint now) {
  if (now < errand.deadline) return false;
  setup_->context.metrics.timeouts.add();
  if (errand.answer) {
    finish(errand, std::move(*errand.answer));
  } else {
    setup_->context.metrics.failures.add();
    finish(errand, Error::not_connected);
  }
  return true;
}

void ClusterClient::finish(Errand& errand, Result<Reply> reply) {
  if (errand.on_replies) {
    errand.on_replies({std::move(reply)});
  } else if (errand.on_reply) {
    errand.on_reply(std::move(reply));
  }
}

Link& ClusterClient::link_to(const ServerAddress& address) {
  std::unique_ptr<Link>& link = links_[address];
  if (!link) {
    LinkSettings settings = setup_->link();
    settings.when_down = WhenDown::fail;  // what waits, waits here
    link = std::make_unique<Link>(setup_->context, std::move(settings),
                                  std::make_shared<FixedLocator>(address));
    link->on_state([this](const ConnectionState& state) { on_state_of_part(state); });
    link->start();
  }
  return *link;
}

/// Of a link, or of the view's.
void ClusterClient::on_state_of_part(const ConnectionState& state) {
  if (stopped_) return;
  if (!state.up) view_->refresh();
  // First what has waited, then what the news will bring.
  if (state.up) retry_parked();
  if (state.error == Error::refused) fail_parked(Error::refused);
  if (!stopped_) state_.update(all_up(), state);
}

void ClusterClient::on_view() {
  for (const ServerAddress& node : view_->slots().nodes()) link_to(node);
  sweep_links();
  on_state_of_part(view_->state());
}

/// Links to nodes that have no slots any more end once they have nothing to do.
void ClusterClient::sweep_links() {
  const std::vector<ServerAddress>& nodes = view_->slots().nodes();
  std::erase_if(links_, [&](const auto& one) {
    const ServerAddress& address = one.first;
    const Link& link = *one.second;
    const bool needed =
        std::find(nodes.begin(), nodes.end(), address) != nodes.end() ||
        std::any_of(parked_.begin(), parked_.end(),
                    [&](const SharedErrand& errand) { return errand->node == address; });
    return !needed && (!link.up() || link.idle());
  });
}

bool ClusterClient::all_up() const {
  const std::vector<ServerAddress>& nodes = view_->slots().nodes();
  return view_->slots().complete() &&
         std::all_of(nodes.begin(), nodes.end(), [&](const ServerAddress& node) {
           const auto found = links_.find(node);
           return found != links_.end() && found->second->up();
         });
}

std::unique_ptr<Subscriber> ClusterClient::make_subscriber(SubscriberEvents events) {
  return std::make_unique<ClusterSubscriber>(setup_, view_, std::move(events));
}

}  // namespace pushgate::redis
