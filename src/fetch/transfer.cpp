#include "transfer.hpp"

#include <algorithm>
#include <utility>

#include <curl/curl.h>

#include "pushgate/base/field_text.hpp"
#include "pushgate/base/text.hpp"

namespace pushgate::fetch {

namespace {

/// Of all heads of an answer, interim ones included.
constexpr std::size_t kMaxHeadBytes = 65'536;

bool is_clean(std::string_view value) noexcept {
  // Three searches: find_first_of would be one for each character.
  return value.find('\r') == value.npos && value.find('\n') == value.npos &&
         value.find('\0') == value.npos;
}

/// Fields that libcurl writes, because they say where the request goes and where it ends.
bool is_ours(std::string_view name) noexcept {
  return iequals(name, "host") || iequals(name, "content-length") ||
         iequals(name, "transfer-encoding") || iequals(name, "connection");
}

Error error_of(CURLcode code) noexcept {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return Error::bad_request;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return Error::unreachable;
    case CURLE_OUT_OF_MEMORY:  // a line of the head beyond libcurl's own limit (100 kB)
      return Error::too_large;
    case CURLE_OPERATION_TIMEDOUT:
      return Error::timed_out;
    default:
      return Error::broken;
  }
}

}  // namespace

void FreeEasy::operator()(void* easy) const noexcept { ::curl_easy_cleanup(easy); }
void Transfer::FreeList::operator()(curl_slist* list) const noexcept {
  ::curl_slist_free_all(list);
}
void Transfer::FreeUrl::operator()(Curl_URL* url) const noexcept { ::curl_url_cleanup(url); }

Transfer::Transfer(Client::Id id, EasyHandle easy, Request request, Client::Callback callback)
    : id_(id),
      request_(std::move(request)),
      callback_(std::move(callback)),
      easy_(std::move(easy)) {}

Transfer::~Transfer() = default;

ErrorCode Transfer::prepare(const std::string& ca_file) {
  if (!is_token(request_.method) || !parse_url() || !add_fields()) return Error::bad_request;
  set_options(ca_file);
  set_body();
  return {};
}

bool Transfer::parse_url() {
  if (!is_clean(request_.url)) return false;
  url_.reset(::curl_url());
  if (::curl_url_set(url_.get(), CURLUPART_URL, request_.url.c_str(), 0) != CURLUE_OK) return false;
  char* scheme = nullptr;
  if (::curl_url_get(url_.get(), CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) return false;
  const bool known = std::string_view{scheme} == "http" || std::string_view{scheme} == "https";
  ::curl_free(scheme);
  return known;
}

bool Transfer::add_line(const std::string& line) {
  curl_slist* const longer = ::curl_slist_append(lines_.get(), line.c_str());
  if (longer == nullptr) return false;
  static_cast<void>(lines_.release());
  lines_.reset(longer);
  return true;
}

bool Transfer::add_fields() {
  bool has_type = false;
  for (const auto& [name, value] : request_.fields) {
    if (!is_token(name) || !is_clean(value) || is_ours(name)) return false;
    has_type = has_type || iequals(name, "content-type");
    // A name with ":" and nothing behind it would take the field away; ";" sends it empty.
    std::string line = name;
    if (trim(value).empty()) {
      line += ';';
    } else {
      line.append(": ").append(value);
    }
    if (!add_line(line)) return false;
  }
  // What libcurl would add by itself to a request with a body.
  return add_line("Expect:") && (has_type || add_line("Content-Type:"));
}

void Transfer::set_options(const std::string& ca_file) {
  CURL* const easy = easy_.get();
  ::curl_easy_setopt(easy, CURLOPT_CURLU, url_.get());
  ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A name server that hangs: the thread that asks it is left alone instead of being waited for,
  // which would stop this whole io thread.
  ::curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  ::curl_easy_setopt(easy, CURLOPT_PROXY, "");  // not the one of the environment either
  ::curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  if (!ca_file.empty()) ::curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines_.get());
  ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_head);
  ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  ::curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
}

void Transfer::set_body() {
  CURL* const easy = easy_.get();
  const std::string& method = request_.method;
  if (method == "HEAD") {
    ::curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (!request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    ::curl_easy_setopt(easy, CURLOPT_POST, 1L);
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request_.body.size()));
  }
  ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
}

std::size_t Transfer::on_head(char* bytes, std::size_t size, std::size_t count,
                              void* self) noexcept {
  const std::string_view line{bytes, size * count};
  return static_cast<Transfer*>(self)->take_head_line(line) ? line.size() : 0;
}

bool Transfer::take_head_line(std::string_view line) {
  head_bytes_ += line.size();
  if (head_bytes_ > kMaxHeadBytes) {
    too_large_ = true;
    return false;
  }
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // of the answer, or of one that came before it (1xx)
    response_.fields.clear();
    head_complete_ = false;
    return true;
  }
  if (line.empty()) head_complete_ = true;
  const std::size_t colon = line.find(':');
  if (head_complete_ || colon == std::string_view::npos) return true;  // a trailer, or no field
  std::string name{line.substr(0, colon)};
  std::transform(name.begin(), name.end(), name.begin(), to_lower);
  response_.fields.emplace_back(std::move(name), std::string{trim(line.substr(colon + 1))});
  return true;
}

std::size_t Transfer::on_body(char* bytes, std::size_t size, std::size_t count,
                              void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view piece{bytes, size * count};
  std::string& body = transfer.response_.body;
  if (piece.size() > transfer.request_.max_body - body.size()) {
    transfer.too_large_ = true;
    return 0;
  }
  body.append(piece);
  return piece.size();
}

Result<Response> Transfer::finish(int code) {
  if (too_large_) return Error::too_large;
  if (code != CURLE_OK) return error_of(static_cast<CURLcode>(code));
  long status = 0;
  ::curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<unsigned>(status);
  return std::move(response_);
}

}  // namespace pushgate::fetch
