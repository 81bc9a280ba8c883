#pragma once
// nodes_under_test.hpp - whole push nodes in the test's process: real threads, real sockets, ports
// that the kernel chose.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/endpoint.hpp"

#include "support/raw_stream.hpp"

namespace pushgate::node {
class Nodes;
}

namespace pushgate::test {

/// What a test says about the configuration; the rest stays at its default.
struct NodesSetup {
  std::string node{};      ///< further keys of "node", without braces: R"("events":["echo"])"
  std::string settings{};  ///< further keys at the top level
  std::string name = "test";
  unsigned count = 1;
  unsigned threads = 1;
};

/// Started when constructed; a problem throws. Cuts what is left when destroyed.
class NodesUnderTest {
 public:
  explicit NodesUnderTest(NodesSetup setup = {});
  NodesUnderTest(const NodesUnderTest&) = delete;
  NodesUnderTest& operator=(const NodesUnderTest&) = delete;
  ~NodesUnderTest();

  Endpoint endpoint(std::size_t node = 0) const;
  /// What the node is called, in quotes as JSON has it.
  std::string quoted_name(std::size_t node) const;
  RawStream connect(std::size_t node = 0, int buffer_bytes = 0) const;
  node::Nodes& nodes() const;

  /// The sum of a counter or gauge over all nodes, by its name without "pushgate_node_".
  std::int64_t metric(std::string_view name) const;
  /// True as soon as it has this value.
  bool metric_becomes(std::string_view name, std::int64_t value) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pushgate::test
