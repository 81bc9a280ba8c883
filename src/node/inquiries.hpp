#pragma once
// inquiries.hpp - questions about the sockets of a node, put to all its io threads.

#include <functional>

#include "pushgate/node/bus/bus.hpp"

namespace pushgate::node {

class NodeCore;

/// What the threads of this node know together. `done` is called on the io thread that was last. A
/// broadcast with acknowledgement is also delivered; its acknowledgements follow one by one by
/// `on_ack`, each on the io thread of its socket, until the broadcast's time is up.
void ask_threads(NodeCore& core, Request request, std::function<void(Answer)> done,
                 std::function<void(Packet)> on_ack = nullptr);

/// Answers another node.
void answer_inquiry(NodeCore& core, InquiryPtr inquiry);

}  // namespace pushgate::node
