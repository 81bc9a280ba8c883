#pragma once
// log_relay.hpp - what comes out of the log, on its way to the nodes of this process.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pushgate/node/bus/bus.hpp"
#include "pushgate/node/store/offset.hpp"
#include "pushgate/node/store/store.hpp"

#include "node/node_core.hpp"

namespace pushgate::node {

/// Events go by the bus, which knows who wants them; positions to every io thread, so that each
/// knows how far the log was when a session began.
class LogRelay final : public LogSink {
 public:
  LogRelay(Bus& bus, const std::vector<std::unique_ptr<NodeCore>>& nodes) noexcept
      : bus_(bus), nodes_(nodes) {}

 private:
  bool wants(std::string_view nsp, const BroadcastOptions& options) const override {
    return bus_.has_audience(nsp, options);
  }
  void on_logged(EnvelopePtr envelope) override { bus_.deliver_logged(std::move(envelope)); }
  void on_position(const std::string& offset) override {
    const std::optional<Offset> place = Offset::parse(offset);
    if (!place) return;
    for (const std::unique_ptr<NodeCore>& node : nodes_) {
      node->on_every_thread([place](NodeThread& thread) { thread.journal().advance(*place); });
    }
  }
  void on_gap() override {
    for (const std::unique_ptr<NodeCore>& node : nodes_) node->tell_gap("log");
  }

  Bus& bus_;
  const std::vector<std::unique_ptr<NodeCore>>& nodes_;
};

}  // namespace pushgate::node
