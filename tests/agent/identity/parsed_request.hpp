#pragma once
// parsed_request.hpp - a request as the identity rules see it, parsed by the real parser.

#include <stdexcept>
#include <string>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/base/ip_address.hpp"
#include "pushgate/http/head_parser.hpp"

namespace pushgate::agent {

/// Owns the text that the head points into; so it stays where it is.
class ParsedRequest {
 public:
  /// `fields` are further lines of the head, each with its CR LF.
  explicit ParsedRequest(const std::string& target, const std::string& fields = {},
                         const std::string& host = "example.com")
      : text_("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n") {
    std::size_t scanned = 0;
    const auto outcome = http::parse_request_head(text_, {}, scanned, head_);
    if (outcome.status != http::HeadStatus::done) {
      throw std::invalid_argument("the parser refused " + text_);
    }
  }
  ParsedRequest(const ParsedRequest&) = delete;
  ParsedRequest& operator=(const ParsedRequest&) = delete;

  RequestView view() const noexcept { return {head_, client_}; }

 private:
  std::string text_;
  http::RequestHead head_;
  IpAddress client_ = IpAddress::v4({192, 0, 2, 7});
};

}  // namespace pushgate::agent
