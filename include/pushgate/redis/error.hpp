#pragma once
// error.hpp - how a command can fail before Redis has answered it.

#include <type_traits>

#include "pushgate/base/result.hpp"

namespace pushgate::redis {

/// What an ErrorCode of this module's category means. An answer that is an error ("-WRONGTYPE ...")
/// is not among these: it is a Reply.
enum class Error {
  /// The command has not been sent, because there is no connection, or one that takes nothing:
  /// sending it again is safe.
  not_connected = 1,
  /// The command had been sent when the connection broke: it may or may not have been executed.
  connection_lost,
  /// No answer until the deadline; the command had been sent and may still be executed.
  timed_out,
  /// More bytes are waiting to be sent than the settings allow. Not sent.
  queue_full,
  /// The server refused the handshake (password, database, not a master). Not sent.
  refused,
  /// What the server sent is not RESP2, is larger than the settings allow, or makes no sense here.
  bad_reply,
  /// A cluster kept sending the command from node to node.
  too_many_redirections,
  /// The client was stopped; see Client::stop for what that says about the command.
  stopped,
};

const boost::system::error_category& error_category() noexcept;

inline ErrorCode make_error_code(Error error) noexcept {
  return ErrorCode{static_cast<int>(error), error_category()};
}

}  // namespace pushgate::redis

template <>
struct boost::system::is_error_code_enum<pushgate::redis::Error> : std::true_type {};
