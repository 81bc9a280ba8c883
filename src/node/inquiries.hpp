#pragma once
// inquiries.hpp - questions about the sockets of a node, put to all its io threads.

#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "pushgate/node/bus/bus.hpp"

namespace pushgate::node {

class HubSocket;
class NodeCore;

/// What the threads of this node know together. `done` is called on the io thread that was last. A
/// broadcast with acknowledgement is also delivered; its acknowledgements follow one by one by
/// `on_ack`, each on the io thread of its socket, until the broadcast's time is up.
void ask_threads(NodeCore& core, Request request, std::function<void(Answer)> done,
                 const std::function<void(Packet)>& on_ack = nullptr);

/// What a node itself and all others have to say, together.
class MergedAnswers {
 public:
  explicit MergedAnswers(RequestDone done) : done_(std::move(done)) {}
  // Each once, on any thread; the second one calls back.
  void add_own(Answer answer);
  void add_others(Answers answers);

 private:
  void finish_part(std::unique_lock<std::mutex> lock);

  std::mutex mutex_;
  int parts_left_ = 2;
  Answer own_;
  Answers all_;
  RequestDone done_;
};

/// A socket of this node, as fetchSockets() describes it. On its io thread.
RemoteSocket describe_socket(const HubSocket& socket, const std::string& node);

/// Answers another node.
void answer_inquiry(NodeCore& core, const InquiryPtr& inquiry);

}  // namespace pushgate::node
