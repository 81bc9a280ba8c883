#include "pushgate/redis/error.hpp"

#include <string>

namespace pushgate::redis {

namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "redis"; }

  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::not_connected:
        return "not connected to Redis; the command was not sent";
      case Error::connection_lost:
        return "the connection to Redis broke before the answer";
      case Error::timed_out:
        return "Redis did not answer in time";
      case Error::queue_full:
        return "too much is waiting to be sent to Redis";
      case Error::refused:
        return "Redis refused the login";
      case Error::bad_reply:
        return "Redis sent what could not be understood";
      case Error::too_many_redirections:
        return "the Redis cluster redirected too often";
      case Error::stopped:
        return "the Redis client was stopped";
    }
    return "unknown error";
  }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

}  // namespace pushgate::redis
