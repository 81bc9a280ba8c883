#pragma once
// upgrade.hpp - may this connection leave HTTP, and has the node really agreed (RFC 9110
// section 7.8)?

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pushgate/http/head.hpp"

namespace pushgate::http {

/// The first protocol of the request's Upgrade fields that is in `allowed` (compared without case).
/// Empty if there is none or the request does not ask for an upgrade at all: then the request is an
/// ordinary one, and it is passed on without Upgrade. So `Upgrade: h2c` ends here.
std::string_view requested_protocol(const RequestHead& head,
                                    std::span<const std::string> allowed) noexcept;

/// What is wrong with an upgrade request or with its answer.
enum class UpgradeError : std::uint8_t {
  none,
  not_get,   ///< only GET may upgrade here
  has_body,  ///< bytes of a body could pass as bytes of the new protocol
  missing_host,
  not_switching,      ///< the answer's status is not 101: an ordinary response
  no_upgrade_option,  ///< 101 without Connection: upgrade or without Upgrade
  other_protocol,     ///< 101, but to something that was not asked for
  framed_answer,      ///< 101 with Content-Length or Transfer-Encoding
};

/// One sentence for the log.
std::string_view message_of(UpgradeError error) noexcept;

/// Checks what holds for every protocol: GET, no body, a host.
UpgradeError check_upgrade_request(const RequestHead& head) noexcept;

/// Checks the answer to a request that asked for `protocol` (what requested_protocol returned).
/// Bytes of the client may go to the node only after `none`; anything but `none` and
/// `not_switching` is a bad response.
UpgradeError check_upgrade_answer(const ResponseHead& head, std::string_view protocol) noexcept;

/// A field that may stand only once: its first value, and how often it stood there. `count` tells a
/// missing field from an empty one. What the checks of websocket/handshake want to be given.
struct SingleField {
  std::string_view value{};
  std::size_t count = 0;
};
SingleField single_field(std::span<const Field> fields, FieldId id) noexcept;

/// The values of all fields with this id as one list. Nearly always there is one field and this is
/// its value; the values of several are joined by commas in `storage`.
std::string_view combined_value(std::span<const Field> fields, FieldId id, std::string& storage);

}  // namespace pushgate::http
