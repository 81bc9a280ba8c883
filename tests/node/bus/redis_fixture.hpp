#pragma once
// redis_fixture.hpp - one process with two nodes on a Redis of the test's own.

#include <array>

#include <gtest/gtest.h>

#include "node/bus/bus_fixture.hpp"
#include "node/bus/golden.hpp"
#include "node/bus/outsider.hpp"

namespace pushgate::node::test {

class RedisBusTest : public testing::Test {
 protected:
  ~RedisBusTest() override {
    for (const auto& process : processes) process->end();
  }

  /// A process with one node in namespace "/"; of the kind that the fixture of the test says.
  std::size_t add_process(BusKind kind, RedisBusSettings settings) {
    processes.push_back(std::make_unique<Process>(kind, std::move(settings)));
    nodes.push_back(std::make_unique<TestNode>());
    const std::size_t index = nodes.size() - 1;
    ids.push_back(bus(index).attach(*nodes[index], "node " + std::to_string(index)));
    bus(index).open_namespace(ids[index], "/");
    return index;
  }
  RedisBusSettings settings(std::string name = "first") const {
    return settings_for(server, std::move(name));
  }
  Bus& bus(std::size_t index) { return processes[index]->bus(); }

  /// How many are subscribed to a channel.
  std::int64_t subscribers(std::string_view channel, std::string_view what = "NUMSUB") const {
    return server.command({"PUBSUB", what, channel}).elements.at(1).integer;
  }
  bool subscribed(std::string_view channel, std::int64_t count = 1,
                  std::string_view what = "NUMSUB") const {
    return eventually([&] { return subscribers(channel, what) == count; });
  }
  void publish(std::size_t index, EnvelopePtr envelope) {
    bus(index).publish(ids[index], std::move(envelope));
  }
  Answers ask(std::size_t index, Question question, RequestLimits limits = {}) {
    std::promise<Answers> answers;
    bus(index).request(ids[index], {"/", std::move(question)}, limits,
                       [&](Answers got) { answers.set_value(std::move(got)); });
    return answers.get_future().get();
  }
  const BusMetrics& metrics(std::size_t index) { return processes[index]->metrics(); }

  RedisServer server;
  std::vector<std::unique_ptr<Process>> processes;
  std::vector<std::unique_ptr<TestNode>> nodes;
  std::vector<PeerId> ids;
};

}  // namespace pushgate::node::test
