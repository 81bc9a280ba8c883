#pragma once
// log_format.hpp - how events stand in the log's stream: as we spell them, or as Socket.IO's
// streams adapter does. Sans-I/O.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/node/envelope.hpp"

namespace pushgate::node {

class LogFormat {
 public:
  virtual ~LogFormat() = default;

  /// Names and values in turn, without the tag.
  virtual std::vector<std::string> fields_of(const Envelope& envelope) const = 0;

  using Wanted = std::function<bool(std::string_view nsp, const BroadcastOptions& options)>;
  /// Nullopt for what is no event, or not wanted (empty: everything is). Without offset; `keep` is
  /// false if it is not to have one.
  virtual std::optional<Envelope> read(const std::vector<std::string>& fields,
                                       const Wanted& wanted) const = 0;
  /// Written by this process, but not by its log: delivered already.
  virtual bool is_from_own_bus(const std::vector<std::string>& fields) const = 0;
  /// Offsets say the epoch; otherwise they are ids of the stream and nothing else.
  virtual bool has_epochs() const noexcept = 0;
};

std::unique_ptr<LogFormat> make_own_format();
/// The stream of @socket.io/redis-streams-adapter, which other makes of nodes write, too. `uid`: as
/// the bus of this process writes it.
std::unique_ptr<LogFormat> make_adapter_format(std::string uid);

}  // namespace pushgate::node
