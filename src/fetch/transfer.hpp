#pragma once
// transfer.hpp - one question and its answer as libcurl's easy handle sees them.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "pushgate/base/result.hpp"
#include "pushgate/fetch/client.hpp"

struct curl_slist;
struct Curl_URL;

namespace pushgate::fetch {

/// libcurl's CURL, which is void to everybody but itself.
struct FreeEasy {
  void operator()(void* easy) const noexcept;
};
using EasyHandle = std::unique_ptr<void, FreeEasy>;

/// Set up on an easy handle that nobody else uses meanwhile. Stays where it is: the handle points
/// to it.
class Transfer {
 public:
  Transfer(Client::Id id, EasyHandle easy, Request request, Client::Callback callback);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  /// Error::bad_request if it cannot be sent as it is.
  ErrorCode prepare(const std::string& ca_file);
  /// What has come of it; `code` is libcurl's CURLcode.
  Result<Response> finish(int code);

  Client::Id id() const noexcept { return id_; }
  void* easy() const noexcept { return easy_.get(); }
  EasyHandle take_easy() noexcept { return std::move(easy_); }
  Client::Callback take_callback() noexcept { return std::move(callback_); }

 private:
  struct FreeList {
    void operator()(curl_slist* list) const noexcept;
  };
  struct FreeUrl {
    void operator()(Curl_URL* url) const noexcept;
  };

  bool parse_url();
  bool add_fields();
  bool add_line(const std::string& line);
  void set_options(const std::string& ca_file);
  void set_body();
  bool take_head_line(std::string_view line);

  static std::size_t on_head(char* bytes, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self) noexcept;

  Client::Id id_;
  Request request_;
  Client::Callback callback_;
  std::unique_ptr<curl_slist, FreeList> lines_;
  std::unique_ptr<Curl_URL, FreeUrl> url_;
  EasyHandle easy_;  // goes before what it points to
  Response response_;
  std::size_t head_bytes_ = 0;
  bool head_complete_ = false;
  bool too_large_ = false;
};

}  // namespace pushgate::fetch
