#pragma once
// source_thread.hpp - what a source finds on the io thread that asks it.

#include <cstddef>

#include "pushgate/agent/identity/source_metrics.hpp"
#include "pushgate/base/clock.hpp"

namespace pushgate {
namespace runtime {
class Reactor;
class RateLimitedLog;
}  // namespace runtime
namespace redis {
class Client;
}
namespace fetch {
class Client;
}
}  // namespace pushgate

namespace pushgate::agent {

/// One for each io thread; used on that thread. Outlives every evaluation.
class SourceThread {
 public:
  /// 0, 1, … below the number of threads that sources are made for.
  virtual std::size_t index() const noexcept = 0;
  virtual runtime::Reactor& reactor() noexcept = 0;  ///< clock and timers
  virtual fetch::Client& http() = 0;                 ///< made when first asked for
  /// nullptr if no Redis is configured (the configuration reader refuses such a source; a script
  /// may try). Made when first asked for; after a reload it may be another one, so do not keep it.
  virtual redis::Client* redis() = 0;
  virtual SourceMetrics& metrics() noexcept = 0;
  virtual runtime::RateLimitedLog& log() noexcept = 0;

 protected:
  ~SourceThread() = default;
};

}  // namespace pushgate::agent
