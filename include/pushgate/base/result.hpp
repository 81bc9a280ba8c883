#pragma once
// result.hpp - how a function that can fail answers: a value or an error code, never an exception.

#include <cerrno>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace pushgate {

using ErrorCode = boost::system::error_code;

template <class T>
using Result = boost::system::result<T>;

/// The error the last system call left in errno.
inline ErrorCode last_system_error() noexcept {
  return ErrorCode{errno, boost::system::system_category()};
}

}  // namespace pushgate
