#pragma once
// await_reply.hpp - from a callback to a coroutine.

#include <functional>

#include <boost/asio/awaitable.hpp>

#include "pushgate/redis/reply.hpp"

namespace pushgate::redis {

/// Calls `start` with a callback, and returns what that is called with. The coroutine goes on from
/// its executor's queue, not from within the callback: it may destroy whatever called back. If the
/// callback is forgotten, so is the coroutine.
boost::asio::awaitable<Result<Reply>> await_reply(std::function<void(ReplyCallback)> start);

}  // namespace pushgate::redis
