#pragma once
// late_errors.hpp - commands that fail at once, but must not say so before the call that brought
// them has returned.

#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "pushgate/redis/client.hpp"

namespace pushgate::redis {

class LateErrors {
 public:
  explicit LateErrors(const RedisContext& context) : context_(context) {}

  /// Calls from the executor's queue, unless this is destroyed before.
  void add(ReplyCallback on_reply, Error error) {
    waiting_->emplace_back(std::move(on_reply), error);
    if (waiting_->size() > 1) return;
    boost::asio::post(context_.executor, [this, waiting = std::weak_ptr<Waiting>{waiting_}] {
      if (!waiting.expired()) flush();
    });
  }

  /// Calls now.
  void flush() {
    const Waiting waiting = std::exchange(*waiting_, {});
    context_.metrics.failures.add(waiting.size());
    for (const auto& [on_reply, error] : waiting) {
      if (on_reply) on_reply(make_error_code(error));
    }
  }

 private:
  using Waiting = std::vector<std::pair<ReplyCallback, Error>>;

  RedisContext context_;
  std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();
};

}  // namespace pushgate::redis
