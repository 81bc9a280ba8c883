#pragma once
// contract_fixture.hpp - three nodes on any kind of bus.

#include <array>

#include <gtest/gtest.h>

#include "node/bus/bus_fixture.hpp"

namespace pushgate::node::test {

/// Three nodes: two in one process, and a third that, unless the bus is local, is in another.
class BusContract : public testing::TestWithParam<BusKind> {
 protected:
  BusContract() {
    if (GetParam() != BusKind::local) server.emplace();
    add_process("first");
    if (GetParam() != BusKind::local) add_process("second");
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      ids[i] = bus(i).attach(nodes[i], "node " + std::to_string(i));
      bus(i).open_namespace(ids[i], "/");
    }
    meet();
  }
  ~BusContract() override {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      std::promise<void> gone;
      bus(i).detach(ids[i], [&] { gone.set_value(); });
      gone.get_future().wait();
    }
  }

  void add_process(const std::string& name) {
    std::optional<RedisBusSettings> settings;
    if (server) settings = settings_for(*server, name);
    processes.push_back(std::make_unique<Process>(GetParam(), settings));
  }
  Process& process(std::size_t node) { return *processes[node == 2 ? processes.size() - 1 : 0]; }
  Bus& bus(std::size_t node) { return process(node).bus(); }

  /// Waits until everybody who has members in the room (or, without one, everybody) hears what is
  /// published to it.
  void meet(const std::string& room = {}, const std::string& nsp = "/",
            std::vector<std::size_t> members = {0, 1, 2}) {
    static int probes = 0;
    const std::vector<std::string> rooms =
        room.empty() ? std::vector<std::string>{} : std::vector{room};
    for (std::size_t from = 0; from < nodes.size(); ++from) {
      for (const std::size_t to : members) {
        if (from == to) continue;
        ASSERT_TRUE(eventually([&] {
          const std::string probe = R"(["probe",)" + std::to_string(++probes) + "]";
          bus(from).publish(ids[from], event(probe, rooms, nsp));
          const pushgate::test::Deadline soon{std::chrono::milliseconds{50}};
          while (!soon.passed()) {
            if (nodes[to].has(probe)) return true;
            ::poll(nullptr, 0, 1);
          }
          return false;
        })) << from
            << " to " << to;
      }
    }
  }
  void join(std::size_t node, const std::string& room) {
    bus(node).join_room(ids[node], "/", room);
  }
  void publish(std::size_t node, EnvelopePtr envelope) {
    bus(node).publish(ids[node], std::move(envelope));
  }

  Answers ask(std::size_t node, Question question, RequestLimits limits = {}) {
    std::promise<Answers> answers;
    bus(node).request(ids[node], {"/", std::move(question)}, limits,
                      [&](Answers got) { answers.set_value(std::move(got)); });
    return answers.get_future().get();
  }

  std::optional<RedisServer> server;
  std::vector<std::unique_ptr<Process>> processes;
  std::array<TestNode, 3> nodes;
  std::array<PeerId, 3> ids{};
};

/// The kinds that a contract is held against.
inline auto every_bus() {
  return testing::Values(BusKind::local, BusKind::classic, BusKind::classic_pattern,
                         BusKind::sharded, BusKind::streams);
}

}  // namespace pushgate::node::test
