#include "pushgate/node/emitter.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "pushgate/redis/client.hpp"

#include "node/bus/channels.hpp"
#include "node/bus/classic_codec.hpp"

namespace pushgate::node {

namespace {

// What emitters that are no nodes call themselves.
constexpr std::string_view kEmitter = "emitter";

}  // namespace

Emitted emit_over_redis(const redis::RedisSettings& settings, const std::string& prefix,
                        const Envelope& envelope, runtime::Log& log) {
  const std::optional<std::string> payload = encode_classic_broadcast(kEmitter, envelope);
  if (!payload) return {"a placeholder in the data stands for no attachment"};
  const std::vector<std::string>& rooms = envelope.options.rooms;
  const std::string channel = rooms.size() == 1
                                  ? room_channel(prefix, envelope.packet.nsp, rooms.front())
                                  : namespace_channel(prefix, envelope.packet.nsp);
  boost::asio::io_context io{1};
  redis::RedisMetrics metrics;
  auto client = redis::make_client({io.get_executor(), log, metrics}, settings);
  if (!client) return {client.error().message()};
  Emitted outcome;
  (*client)->start();
  (*client)->publish(channel, *payload, [&](const Result<redis::Reply>& reply) {
    if (!reply) {
      outcome.problem = reply.error().message();
    } else if (reply->is_error()) {
      outcome.problem = reply->text;
    } else {
      outcome.receivers = reply->integer;
    }
    (*client)->stop();
    io.stop();
  });
  io.run();
  return outcome;
}

}  // namespace pushgate::node
