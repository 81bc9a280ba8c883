#include "await_reply.hpp"

#include <memory>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pushgate::redis {

namespace asio = boost::asio;

namespace {

// A named type, because g++ 12 miscompiles capturing lambdas in an expression that is awaited.
struct Start {
  const std::function<void(ReplyCallback)>& start;

  template <class Handler>
  void operator()(Handler handler) const {
    // std::function wants to copy what it holds, which a coroutine's handler does not allow.
    start([shared = std::make_shared<Handler>(std::move(handler))](Result<Reply> reply) {
      const auto executor = asio::get_associated_executor(*shared);
      asio::post(executor, [shared, reply = std::move(reply)]() mutable {
        std::move (*shared)(std::move(reply));
      });
    });
  }
};

}  // namespace

asio::awaitable<Result<Reply>> await_reply(std::function<void(ReplyCallback)> start) {
  const Start initiation{start};
  Result<Reply> reply =
      co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<Reply>)>(
          initiation, asio::use_awaitable);
  co_return reply;
}

}  // namespace pushgate::redis
