#pragma once
// replies.hpp - replies as a test writes them down.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "pushgate/redis/reply.hpp"

namespace pushgate::redis {

inline Reply bulk(std::string text) { return {Reply::Type::bulk, 0, std::move(text), {}}; }
inline Reply status(std::string text) { return {Reply::Type::status, 0, std::move(text), {}}; }
inline Reply error_reply(std::string text) { return {Reply::Type::error, 0, std::move(text), {}}; }
inline Reply integer(std::int64_t value) { return {Reply::Type::integer, value, {}, {}}; }
inline Reply array(std::vector<Reply> elements) {
  return {Reply::Type::array, 0, {}, std::move(elements)};
}

}  // namespace pushgate::redis
