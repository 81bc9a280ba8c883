#include "node/webhook/http_post.hpp"

#include <new>

#include <curl/curl.h>

namespace pushgate::node {

namespace {

std::size_t ignore_body(char*, std::size_t size, std::size_t count, void*) { return size * count; }

struct FreeList {
  void operator()(curl_slist* list) const noexcept { ::curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

HeaderList make_headers(const std::vector<std::string>& fields) {
  HeaderList list;
  for (const std::string& field : fields) {
    curl_slist* const longer = ::curl_slist_append(list.get(), field.c_str());
    if (longer == nullptr) throw std::bad_alloc{};
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

}  // namespace

struct HttpPost::Curl {
  Curl() {
    // Once per process; libcurl counts further calls, which do nothing.
    static const CURLcode global = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    easy = ::curl_easy_init();
    multi = ::curl_multi_init();
    if (global != CURLE_OK || easy == nullptr || multi == nullptr) throw std::bad_alloc{};
  }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;
  ~Curl() {
    ::curl_easy_cleanup(easy);
    ::curl_multi_cleanup(multi);
  }

  CURL* easy = nullptr;
  CURLM* multi = nullptr;
};

HttpPost::HttpPost() : curl_(std::make_unique<Curl>()) {}
HttpPost::~HttpPost() = default;

void HttpPost::give_up() {
  given_up_.store(true, std::memory_order_release);
  ::curl_multi_wakeup(curl_->multi);
}

PostOutcome HttpPost::send(const std::string& url, const std::string& body,
                           const std::vector<std::string>& fields,
                           std::chrono::milliseconds timeout) {
  CURL* const easy = curl_->easy;
  const HeaderList headers = make_headers(fields);
  char reason[CURL_ERROR_SIZE] = {};
  ::curl_easy_reset(easy);  // connections are kept
  ::curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy, CURLOPT_POST, 1L);
  ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason);
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &ignore_body);

  ::curl_multi_add_handle(curl_->multi, easy);
  int running = 1;
  while (running > 0 && !given_up_.load(std::memory_order_acquire)) {
    if (::curl_multi_perform(curl_->multi, &running) != CURLM_OK) break;
    if (running > 0) ::curl_multi_poll(curl_->multi, nullptr, 0, 1000, nullptr);
  }
  PostOutcome outcome{0, "given up"};
  int left = 0;
  while (const CURLMsg* const message = ::curl_multi_info_read(curl_->multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    outcome.error = code == CURLE_OK ? "" : reason[0] != '\0' ? reason : ::curl_easy_strerror(code);
    if (code == CURLE_OK) ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &outcome.status);
  }
  ::curl_multi_remove_handle(curl_->multi, easy);
  return outcome;
}

}  // namespace pushgate::node
