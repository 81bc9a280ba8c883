#pragma once
// payload_codec.hpp - bodies of Engine.IO polling requests and answers: several packets in one.
// Sans-I/O.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pushgate/node/transport/engineio_codec.hpp"

namespace pushgate::node {

enum class PayloadForm : std::uint8_t {
  v4_text,    ///< packets with \x1e between them; "b" and base64 for bytes
  v3_text,    ///< "<length>:<packet>", the length in UTF-16 units; "b4" and base64 for bytes
  v3_binary,  ///< application/octet-stream: 0 or 1, a byte for each digit of the length in bytes,
              ///< 255
};

/// How to answer a GET: bytes are sent as such only to clients of revision 3 that can take them (no
/// b64=1, no JSONP), and only if there are any.
PayloadForm reply_form(EngineVersion version, bool has_binary, bool base64_only) noexcept;

/// "text/plain; charset=UTF-8" or "application/octet-stream".
std::string_view content_type_of(PayloadForm form) noexcept;

/// Takes a body apart, packet by packet. Text is not copied; the bytes of a binary message are.
/// Nothing is larger than the body, so its limit is the limit for all.
class PayloadReader {
 public:
  enum class Step : std::uint8_t { packet, end, malformed };

  PayloadReader(PayloadForm form, std::string_view body) noexcept;

  /// After `malformed` the rest of the body means nothing. An empty body is malformed. The text of
  /// revision 3 is checked for UTF-8 (its lengths count characters), that of revision 4 is not.
  Step next(EnginePacket& out);

 private:
  Step next_v4(EnginePacket& out);
  Step next_v3_text(EnginePacket& out);
  Step next_v3_binary(EnginePacket& out);

  PayloadForm form_;
  bool at_end_ = false;
  std::string_view rest_{};
};

/// Appends a packet in text form ("42[...]", digit included) to a body.
void append_payload_text(std::string& out, PayloadForm form, std::string_view packet);
/// Appends a binary message to a body.
void append_payload_binary(std::string& out, PayloadForm form, std::string_view bytes);

/// How many UTF-16 units a text has: what `length` of JavaScript says. Of text that is not UTF-8,
/// some number.
std::size_t utf16_length(std::string_view utf8) noexcept;

/// ---- JSONP: for browsers that can only load scripts ------------------------------------------

/// The answer to a GET with `j=`: ___eio[<digits of j>]("<payload, escaped>"); The payload is in
/// one of the text forms, and UTF-8. Content-Type: text/javascript; charset=UTF-8.
std::string jsonp_body(std::string_view j, std::string_view payload);

/// The payload in the form body of a JSONP POST: its one field "d", with the escapes of line feeds
/// undone that the client has to make. Nullopt if there is no such field, or more than one, or if
/// its encoding is broken.
std::optional<std::string> decode_jsonp_form(std::string_view body);

}  // namespace pushgate::node
