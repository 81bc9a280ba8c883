#pragma once
// http_question.hpp - what an authentication service is told of a request. sans-I/O.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/config/identity_config.hpp"

namespace pushgate::agent {

/// The fields that are sent, in the order of the configuration: those of the request, as they came
/// and as often, and those that the agent writes itself:
///   X-Original-Method, X-Original-URI, X-Original-Host, X-Forwarded-For (the client's address).
/// Whatever the client says in a field of these names is not passed on.
///
/// What is sent is the key of the answer, all of it. So an answer that is remembered cannot depend
/// on what the key leaves out, and with `cache` the four of the agent are sent only if `forward`
/// names them; without, always.
class HttpQuestion {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  explicit HttpQuestion(const config::HttpSourceConfig& config);

  Fields fields(const RequestView& request) const;
  /// Does not allocate, if `out` has room and the target is in origin-form.
  void append_key(std::string& out, const RequestView& request) const;

 private:
  enum class What { field, method, uri, host, client };
  struct Sent {
    What what = What::field;
    std::string name;
    http::FieldId id = http::FieldId::other;
  };

  template <class Visit>
  void visit(const RequestView& request, Visit visit) const;
  static Sent sent_as(const std::string& name);

  std::vector<Sent> sent_;
};

}  // namespace pushgate::agent
