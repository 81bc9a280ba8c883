#pragma once
// cluster_client.hpp - a client of Redis Cluster: each command goes to the node of its key.

#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "cluster_view.hpp"
#include "state_changes.hpp"

namespace pushgate::redis {

/// One link to every master. A command that cannot be sent yet (its node is unknown, away, or asks
/// for patience) is kept here, not in a link, because its slot may move meanwhile.
class ClusterClient final : public Client {
 public:
  /// MOVED and ASK that are followed for one command.
  static constexpr unsigned kMaxRedirections = 8;
  /// After TRYAGAIN and CLUSTERDOWN.
  static constexpr std::chrono::milliseconds kRetryDelay{50};

  explicit ClusterClient(SharedSetup setup);
  ~ClusterClient() override;

  void start() override;
  void stop() override;
  void execute(Command command, std::string_view key, ReplyCallback on_reply,
               std::optional<std::chrono::milliseconds> timeout) override;
  void execute_everywhere(Command command, RepliesCallback on_replies,
                          std::optional<std::chrono::milliseconds> timeout) override;
  std::unique_ptr<Subscriber> make_subscriber(SubscriberEvents events) override;
  void on_state(std::function<void(const ConnectionState&)> callback) override {
    state_.set_callback(std::move(callback));
  }
  bool is_up() const override { return state_.up(); }

 private:
  /// A command and how far it has come.
  struct Errand;
  using SharedErrand = std::shared_ptr<Errand>;
  using Links = std::map<ServerAddress, std::unique_ptr<Link>>;

  void dispatch(SharedErrand errand);
  void dispatch_everywhere(const SharedErrand& errand);
  const ServerAddress* choose_node(const Errand& errand);
  void send(Link& link, SharedErrand errand);
  void on_reply(const SharedErrand& errand, const ServerAddress& from, Result<Reply> reply);
  void redirect(SharedErrand errand, const Redirection& redirection);
  void park(SharedErrand errand, TimePoint not_before);
  void retry_parked();
  SharedErrand unpark();
  bool end_if_late(Errand& errand, TimePoint now);
  void fail_parked(Error error);
  void finish(Errand& errand, Result<Reply> reply);

  Link& link_to(const ServerAddress& address);
  void on_view();
  void on_state_of_part(const ConnectionState& state);
  void sweep_links();
  bool all_up() const;

  SharedSetup setup_;
  std::shared_ptr<ClusterView> view_;
  std::shared_ptr<void> following_;
  StateChanges state_;
  Links links_;
  std::deque<SharedErrand> parked_;
  std::size_t parked_bytes_ = 0;
  LateErrors late_errors_;
  Alarm alarm_;
  std::size_t next_node_ = 0;
  bool stopped_ = false;
};

}  // namespace pushgate::redis
