#pragma once
// cluster_view.hpp - what is known of a cluster, by a client and its subscribers together.

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cluster_slots.hpp"
#include "followers.hpp"
#include "setup.hpp"

namespace pushgate::redis {

/// Asks one node for the slots when somebody finds that the map is wrong, at most every 100 ms
/// (less often while no node can tell). Its connection lives while somebody follows. Not in the
/// commands' own connections: those are down when it is needed most.
class ClusterView final : public std::enable_shared_from_this<ClusterView> {
 public:
  static constexpr std::chrono::milliseconds kRefreshInterval{100};

  explicit ClusterView(SharedSetup setup);
  ~ClusterView();

  const SlotMap& slots() const noexcept { return slots_; }
  /// Up if the last question was answered, and every slot had a node.
  const ConnectionState& state() const noexcept { return state_; }
  /// Something was not where the map says: ask.
  void refresh();
  /// A node has said where a slot is: note it, and ask for the rest.
  void learn(const Redirection& moved);
  /// Calls after every answer, also if it changed nothing (who has waited may try again), and when
  /// there is none.
  std::shared_ptr<void> follow(std::function<void()> on_news);
  void close_if_unused();

  enum class From : std::uint8_t {
    members,            ///< nodes that are known; the seeds only if there are none
    members_and_seeds,  ///< both, in turn
  };
  /// One after the other.
  ServerAddress next_node(From from);
  /// A locator of `next_node`.
  std::shared_ptr<Locator> any_node(From from);

 private:
  void open();
  void ask();
  void on_slots(Result<Reply> reply);
  void on_answer(std::optional<SlotMap> map, ErrorCode error, const std::string& fault);
  void tell();
  bool contradicts_what_was_learned(SlotMap& map);

  SharedSetup setup_;
  SlotMap slots_;
  ConnectionState state_{false, Error::not_connected, "the cluster's slots are not known yet"};
  Followers<> followers_;
  std::unique_ptr<Link> query_;
  Alarm alarm_;
  std::size_t next_ = 0;
  bool asking_ = false;
  bool again_ = false;
  unsigned failures_ = 0;  // answers in a row that were none
  TimePoint not_before_ = TimePoint::min();

  struct Learned {
    ServerAddress node;
    unsigned contradictions = 0;
  };
  std::map<std::uint16_t, Learned> learned_;  // from MOVED, until CLUSTER SLOTS says the same
};

}  // namespace pushgate::redis
