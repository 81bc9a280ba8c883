#pragma once
// scripted_upstream.hpp - a node that does exactly what the test tells it, connection by
// connection.

#include <cstddef>
#include <string>

#include "support/raw_stream.hpp"

namespace pushgate::test {

/// Listens on a port of its own. Nothing happens by itself: the test accepts, reads and answers.
class ScriptedUpstream {
 public:
  /// `backlog` and `buffer_bytes` as listen(2) and SO_RCVBUF understand them; 0: the usual.
  explicit ScriptedUpstream(int backlog = 64, int buffer_bytes = 0);
  /// Listens there, e.g. on a unix socket.
  explicit ScriptedUpstream(Endpoint at);

  const Endpoint& endpoint() const { return endpoint_; }
  std::string address() const { return endpoint_.to_string(); }
  std::string port() const { return std::to_string(endpoint_.port()); }

  /// The next connection; fails the test if none comes.
  RawStream accept();
  /// Whether a connection waits to be accepted.
  bool has_caller() const;
  /// All bytes that all waiting connections carry, each read to its end.
  std::string everything_received();

  /// From now on connections are refused.
  void stop_listening() { listener_.reset(); }
  /// Listens at the same place again.
  void listen_again();

 private:
  void open(int backlog, int buffer_bytes);

  UniqueFd listener_;
  Endpoint endpoint_;
};

/// An address where nobody listens.
Endpoint refusing_endpoint();

}  // namespace pushgate::test
