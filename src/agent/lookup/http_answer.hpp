#pragma once
// http_answer.hpp - what an authentication service's answer means. sans-I/O.

#include <optional>
#include <string>
#include <vector>

#include "pushgate/config/identity_config.hpp"

#include "agent/lookup/lookup_answer.hpp"

namespace pushgate::fetch {
struct Response;
}

namespace pushgate::agent {

/// Reads answers as the configuration says.
///  - 2xx: the uid, if it has one; the product; the fields that the node receives.
///  - 401, 403: the refusal, with its body and, for 401, WWW-Authenticate. Nothing else of it:
///    several requests may get one answer, so a cookie in it is nobody's.
///  - anything else is no answer.
class HttpAnswerReader {
 public:
  explicit HttpAnswerReader(const config::HttpSourceConfig& config);

  struct Reading {
    std::optional<LookupAnswer> answer;  ///< nullopt: none that could be used
    std::string fault{};                 ///< then why, for the log
  };
  Reading read(fetch::Response& response) const;

 private:
  struct Place {
    config::AnswerPlace::Kind kind = config::AnswerPlace::Kind::nowhere;
    std::string field;             ///< in lower case
    std::vector<std::string> way;  ///< into the JSON body
  };
  struct Passed {
    std::string name;   ///< as written in the configuration
    std::string field;  ///< in lower case
  };

  static Place place_of(const config::AnswerPlace& place);
  static bool find(const Place& place, const fetch::Response& response, std::string& out);
  static Reading read_refusal(fetch::Response& response);
  bool append_passed(std::string& out, const fetch::Response& response) const;

  Place uid_;
  Place product_;
  std::vector<Passed> pass_;
};

}  // namespace pushgate::agent
