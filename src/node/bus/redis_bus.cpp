#include "pushgate/node/bus/redis_bus.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <sys/random.h>

#include "node/bus/classic_wire.hpp"
#include "node/bus/process_bus.hpp"
#include "node/bus/sharded_wire.hpp"
#include "node/bus/streams_wire.hpp"

namespace pushgate::node {

namespace {

/// As other makes of nodes choose theirs: by chance, from as many letters.
std::string random_text(std::size_t length, std::string_view alphabet) {
  std::string text;
  while (text.size() < length) {
    std::array<unsigned char, 32> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) < 0) continue;
    for (const unsigned char byte : bytes) {
      // 248 is a multiple of 62, and 256 one of 16: every letter is as likely as the others.
      if (text.size() < length && (byte < 248 || alphabet.size() == 16)) {
        text += alphabet[byte % alphabet.size()];
      }
    }
  }
  return text;
}

std::string classic_uid() {
  return random_text(6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
}

Result<std::unique_ptr<redis::Client>> make_client(const RedisBusContext& context,
                                                   const redis::RedisSettings& settings) {
  return redis::make_client(
      {context.thread.reactor().io().get_executor(), context.log, context.metrics}, settings);
}

template <class Wire>
Result<std::unique_ptr<Bus>> make_bus(RedisBusContext context, RedisBusSettings settings,
                                      std::string uid) {
  Result<std::unique_ptr<redis::Client>> client = make_client(context, settings.redis);
  if (!client) return client.error();
  auto wire = std::make_unique<Wire>(context, std::move(settings), uid, std::move(client.value()));
  return std::unique_ptr<Bus>{
      std::make_unique<ProcessBus>(context.thread, std::move(wire), std::move(uid))};
}

}  // namespace

std::string make_cluster_uid() { return random_text(16, "0123456789abcdef"); }

Result<std::unique_ptr<Bus>> make_redis_classic_bus(RedisBusContext context,
                                                    RedisBusSettings settings) {
  return make_bus<ClassicWire>(context, std::move(settings), classic_uid());
}

Result<std::unique_ptr<Bus>> make_redis_sharded_bus(RedisBusContext context,
                                                    RedisBusSettings settings) {
  return make_bus<ShardedWire>(context, std::move(settings), make_cluster_uid());
}

Result<std::unique_ptr<Bus>> make_redis_streams_bus(RedisBusContext context,
                                                    RedisBusSettings settings) {
  Result<std::unique_ptr<redis::Client>> client = make_client(context, settings.redis);
  if (!client) return client.error();
  std::vector<std::unique_ptr<redis::Client>> readers;
  const std::size_t streams = settings.stream_count == 0 ? 1 : settings.stream_count;
  while (readers.size() < streams) {
    Result<std::unique_ptr<redis::Client>> reader = make_client(context, settings.redis);
    if (!reader) return reader.error();
    readers.push_back(std::move(reader.value()));
  }
  std::string uid = settings.uid.empty() ? make_cluster_uid() : settings.uid;
  auto wire = std::make_unique<StreamsWire>(context, std::move(settings), uid,
                                            std::move(client.value()), std::move(readers));
  return std::unique_ptr<Bus>{
      std::make_unique<ProcessBus>(context.thread, std::move(wire), std::move(uid))};
}

}  // namespace pushgate::node
