#pragma once
// http_message.hpp - reads HTTP messages in a test the way the simplest possible peer would, with
// nothing of the code under test.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/raw_stream.hpp"

namespace pushgate::test {

struct HttpMessage {
  std::string head;  ///< exactly as received, up to and including the empty line
  std::string start_line;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;      ///< decoded
  std::string trailers;  ///< lines behind the last chunk, each with CR LF
  bool was_chunked = false;

  int status() const;  ///< of a response
  /// The first value of a field, whatever the name's case; empty if there is none.
  std::string field(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  bool has(std::string_view name) const { return count(name) > 0; }
};

/// A request with its body.
HttpMessage read_request(RawStream& from);
/// Only a request's head: the body stays in the stream.
HttpMessage read_request_head(RawStream& from);

/// A response with its body: by Content-Length, chunks or the end of the connection.
HttpMessage read_response(RawStream& from);
/// A response that has no body whatever its fields say: to HEAD, 1xx, 204, 304.
HttpMessage read_bodiless_response(RawStream& from);

/// Sends the request and reads the response, on one thread: for small messages answered by the
/// agent itself.
HttpMessage ask(RawStream& client, std::string_view request);

/// "GET <target> HTTP/1.1" with Host and the given further lines (each with CR LF).
std::string get(std::string_view target, std::string_view fields = {});
/// A response with Content-Length.
std::string ok(std::string_view body, std::string_view fields = {});
/// `body` in chunks of `chunk` bytes with the last chunk and these trailer lines.
std::string chunked(std::string_view body, std::size_t chunk = 1000,
                    std::string_view trailers = {});

/// Bytes that repeat only after 65,537, the same in every run.
std::string patterned(std::size_t size);

}  // namespace pushgate::test
