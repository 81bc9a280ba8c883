#pragma once
// client.hpp - asks other HTTP services on behalf of an io thread, without blocking it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "pushgate/base/result.hpp"

namespace pushgate::fetch {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string url;  ///< http:// or https://
  Fields fields;    ///< besides Host and Content-Length; without CR and LF
  std::string body;
  std::chrono::milliseconds timeout{1'000};  ///< from start to the last byte
  std::size_t max_body = 65'536;             ///< of the answer
};

struct Response {
  unsigned status = 0;
  Fields fields;  ///< names in lower case
  std::string body;

  /// The first field of that name (lower case); nullptr if there is none.
  const std::string* field(std::string_view name) const noexcept;
};

/// Why there is no answer. Converts to ErrorCode.
enum class Error {
  bad_request = 1,  ///< the URL, method or a field cannot be sent
  unreachable,      ///< no address, no connection, no trust in its certificate
  broken,           ///< closed before the answer was complete, or not HTTP
  too_large,        ///< more than max_body, or a head beyond reason
  timed_out,
  stopped,
};
ErrorCode make_error_code(Error error);

/// One connection pool of one thread. Lives on the thread of its executor: every member is called
/// there, and calls back there, never from within the call itself. Follows no redirects, keeps no
/// cookies, uses no proxy.
class Client {
 public:
  struct Settings {
    std::size_t max_connections =
        64;                 ///< for each host; further requests wait, within their timeout
    std::string ca_file{};  ///< empty: the system's
  };
  using Callback = std::function<void(Result<Response>)>;
  using Id = std::uint64_t;

  Client(boost::asio::any_io_executor executor, Settings settings);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// Forgets the callbacks. The executor's context need not run any more.
  ~Client();

  Id start(Request request, Callback callback);
  /// The callback will not be called. Unknown ids are ignored.
  void cancel(Id id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pushgate::fetch

template <>
struct boost::system::is_error_code_enum<pushgate::fetch::Error> : std::true_type {};
