#pragma once
// reply.hpp - what Redis answers: a value or a tree of values (RESP2). sans-I/O.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pushgate/base/result.hpp"

namespace pushgate::redis {

/// One answer. A plain value: copy it, move it, compare it.
struct Reply {
  enum class Type : std::uint8_t {
    nil,      ///< null bulk string or null array
    integer,  ///< `integer`
    status,   ///< `text`, e.g. "OK"
    error,    ///< `text`, e.g. "WRONGTYPE Operation against a key ..."
    bulk,     ///< `text`, any bytes
    array,    ///< `elements`
  };

  Type type = Type::nil;
  std::int64_t integer = 0;
  std::string text;
  std::vector<Reply> elements;

  bool is_nil() const noexcept { return type == Type::nil; }
  bool is_integer() const noexcept { return type == Type::integer; }
  bool is_error() const noexcept { return type == Type::error; }
  bool is_array() const noexcept { return type == Type::array; }
  /// A status or a bulk string.
  bool is_text() const noexcept { return type == Type::status || type == Type::bulk; }
  bool is_ok() const noexcept { return type == Type::status && text == "OK"; }

  /// The first word of an error ("MOVED", "WRONGTYPE"); empty if this is none.
  std::string_view error_word() const noexcept;

  friend bool operator==(const Reply&, const Reply&) = default;
};

/// An answer of Redis, errors included, or why there is none (see redis::Error).
using ReplyCallback = std::function<void(Result<Reply>)>;
/// One answer per master.
using RepliesCallback = std::function<void(std::vector<Result<Reply>>)>;

}  // namespace pushgate::redis
