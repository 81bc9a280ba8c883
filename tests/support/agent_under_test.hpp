#pragma once
// agent_under_test.hpp - a whole agent in the test's process: real threads, real sockets, a port
// that the kernel chose.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/endpoint.hpp"

#include "support/raw_stream.hpp"
#include "support/scripted_upstream.hpp"

namespace pushgate::test {

/// What a test says about the configuration; the rest stays at its default.
struct AgentSetup {
  std::string router;      ///< router.json
  std::string settings{};  ///< further keys of pushgate.json, without braces: R"("hash":"maglev")"
  std::string listeners = R"([{"address":"127.0.0.1:0"}])";
  bool access_log = false;
  unsigned threads = 2;
};

/// Started when constructed; a problem throws. Cuts what is left when destroyed.
class AgentUnderTest {
 public:
  explicit AgentUnderTest(AgentSetup setup);
  AgentUnderTest(const AgentUnderTest&) = delete;
  AgentUnderTest& operator=(const AgentUnderTest&) = delete;
  ~AgentUnderTest();

  const Endpoint& endpoint(std::size_t listener = 0) const;
  RawStream connect(int buffer_bytes = 0) const;

  /// Makes this the current configuration; returns the keys that need a restart. Throws with the
  /// report if it cannot be used; then the old one stays.
  std::vector<std::string> publish(const std::string& router, const std::string& settings = {});
  void close_listeners();
  void finish_sessions();
  void cut_sessions();
  bool work_ends();  ///< true once nothing is left; false if that does not come

  /// The sum of a counter or gauge over the threads, by its exported name without
  /// "pushgate_agent_".
  std::uint64_t metric(std::string_view name) const;
  /// True as soon as a counter or gauge has reached `value`.
  bool metric_reaches(std::string_view name, std::uint64_t value) const;
  /// Requests of the product "default" that this node got as the user's n-th choice ("1", "2",
  /// "3+"); nullopt if there is no such series.
  std::optional<std::uint64_t> node_requests(std::string_view node,
                                             std::string_view choice = "1") const;
  std::string status_json() const;
  /// True as soon as the access log contains `text`.
  bool access_log_shows(std::string_view text) const;
  std::string access_log() const;
  /// True as soon as the agent's own log contains `text`.
  bool log_shows(std::string_view text) const;

  /// The id of the k-th choice of this user in the product "default".
  std::string choice(std::string_view uid, std::size_t k = 0) const;
  /// A uid whose own node is `node_id`; `n` tells several apart.
  std::string uid_of(std::string_view node_id, unsigned n = 0) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// router.json with the product "default" and one node.
std::string one_node(const Endpoint& node);
/// The same with several; their ids are "a", "b", "c" … `options` are further keys of the product.
std::string nodes(const std::vector<Endpoint>& list, std::string_view options = {});

}  // namespace pushgate::test
