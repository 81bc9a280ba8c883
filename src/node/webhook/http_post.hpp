#pragma once
// http_post.hpp - one POST request by libcurl, which can be given up from another thread.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace pushgate::node {

struct PostOutcome {
  long status = 0;      ///< 0: no answer
  std::string error{};  ///< why there is none: "Connection refused", ...

  bool succeeded() const noexcept { return status >= 200 && status < 300; }
  /// Is it worth trying again? Not what the receiver refuses for good.
  bool may_be_tried_again() const noexcept {
    return status == 0 || status == 408 || status == 429 || status >= 500;
  }
};

/// Keeps its connection between requests. Redirections are not followed; certificates are checked.
class HttpPost {
 public:
  HttpPost();
  HttpPost(const HttpPost&) = delete;
  HttpPost& operator=(const HttpPost&) = delete;
  ~HttpPost();

  /// Blocks for `timeout` at most. `fields`: lines without CR LF. What is answered is not kept.
  PostOutcome send(const std::string& url, const std::string& body,
                   const std::vector<std::string>& fields, std::chrono::milliseconds timeout);
  /// The request in progress, and all later ones, end at once. Any thread.
  void give_up();

 private:
  struct Curl;
  std::unique_ptr<Curl> curl_;
  std::atomic<bool> given_up_{false};
};

}  // namespace pushgate::node
