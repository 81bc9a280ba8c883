#include <algorithm>
#include <string>

#include "pushgate/fetch/client.hpp"

namespace pushgate::fetch {

namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "fetch"; }

  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::bad_request:
        return "the request cannot be sent";
      case Error::unreachable:
        return "the service cannot be reached or trusted";
      case Error::broken:
        return "the answer is not complete, or not HTTP";
      case Error::too_large:
        return "the answer is too large";
      case Error::timed_out:
        return "the service did not answer in time";
      case Error::stopped:
        return "the client was stopped";
    }
    return "unknown error";
  }
};

}  // namespace

ErrorCode make_error_code(Error error) {
  static const Category category;
  return ErrorCode{static_cast<int>(error), category};
}

const std::string* Response::field(std::string_view name) const noexcept {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [name](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

}  // namespace pushgate::fetch
