#pragma once
// scripted_service.hpp - an HTTP service that answers as the test says, on the test's own loop.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace pushgate::test {

/// What the service does with one request.
struct ServiceAnswer {
  std::string bytes;       ///< sent as they are
  bool close = false;      ///< the connection ends after them
  std::size_t piece = 0;   ///< sent in pieces of so many bytes, one for each turn of the loop
  bool hold_back = false;  ///< nothing is sent until release()
};

/// Listens on a port of its own at 127.0.0.1. Requests are heads with an optional Content-Length
/// body; they are answered by `answer`, which gets all of it as received.
class ScriptedService {
 public:
  using Answer = std::function<ServiceAnswer(const std::string& request)>;

  ScriptedService(boost::asio::io_context& io, Answer answer);
  ScriptedService(const ScriptedService&) = delete;
  ScriptedService& operator=(const ScriptedService&) = delete;
  ~ScriptedService();

  std::uint16_t port() const;
  std::string url(const std::string& path = "/") const;
  void answer_with(Answer answer);

  const std::vector<std::string>& requests() const;
  std::size_t connections() const;       ///< accepted so far
  std::size_t open_connections() const;  ///< of those: not closed by either side
  /// Sends what was held back.
  void release();
  /// Closes every connection, and refuses new ones.
  void stop();

 private:
  struct State;
  struct Connection;
  std::shared_ptr<State> state_;
};

/// A whole answer, kept alive.
ServiceAnswer answered(int status, const std::string& body = {}, const std::string& fields = {});

}  // namespace pushgate::test
