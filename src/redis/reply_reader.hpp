#pragma once
// reply_reader.hpp - bytes of a server become replies: hiredis' reader, with limits. sans-I/O.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "pushgate/redis/reply.hpp"

namespace pushgate::redis {

/// Reads RESP2. Arrays may be nested seven deep, which is hiredis' limit. After a fault nothing
/// more is read: the stream has lost its step.
class ReplyReader {
 public:
  /// Elements of one reply, those of nested arrays included; fewer if that many cannot fit into the
  /// largest reply.
  static constexpr std::size_t kMaxElements = 1024 * 1024;
  /// A status, an error or a number.
  static constexpr std::size_t kMaxLineBytes = 64 * 1024;

  /// A reply of more than `max_reply_bytes` on the wire is a fault.
  explicit ReplyReader(std::size_t max_reply_bytes);
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;
  ~ReplyReader();

  /// The next bytes. They must stay where they are until `next` has returned nullptr.
  void give(std::string_view bytes) noexcept;
  /// The next complete reply, or nullptr: more bytes are needed, or there is a fault. It may be
  /// moved from, and is overwritten by the next call. Memory of the last reply is used again, so
  /// replies of one shape (published messages) soon cost no allocation.
  Reply* next();

  /// What is wrong with what was received; empty if nothing is.
  const std::string& fault() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pushgate::redis
