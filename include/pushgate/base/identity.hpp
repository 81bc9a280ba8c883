#pragma once
// identity.hpp - who a client is: the product it talks to and the user it is.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pushgate {

/// A client's identity, as decided by the identity rules.
///
/// Invariants, checked once in `make` and never again:
///  - `product` is 1..64 bytes of [A-Za-z0-9_.-] (it becomes a metric label and part of keys);
///  - `uid` is 1..256 bytes of valid UTF-8 without control characters (U+0000..U+001F, U+007F and
///    U+0080..U+009F) or a space at either end: it becomes a header value, of which a reader takes
///    off such spaces (RFC 9110 section 5.5) and would see another uid, and a log field.
///
/// A value type: copy it, compare it, put it in a map. There is no "empty identity"; the absence of
/// one is spelled `std::optional<Identity>`.
class Identity {
 public:
  static constexpr std::size_t kMaxProductBytes = 64;
  static constexpr std::size_t kMaxUidBytes = 256;

  /// Returns nullopt when either part breaks the invariants above.
  static std::optional<Identity> make(std::string_view product, std::string_view uid);
  /// The same from strings that the caller gives away; nothing is copied.
  static std::optional<Identity> adopt(std::string product, std::string uid);

  static bool valid_product(std::string_view product) noexcept;
  static bool valid_uid(std::string_view uid) noexcept;

  const std::string& product() const noexcept { return product_; }
  const std::string& uid() const noexcept { return uid_; }

  friend bool operator==(const Identity&, const Identity&) = default;

 private:
  Identity(std::string product, std::string uid) noexcept
      : product_(std::move(product)), uid_(std::move(uid)) {}

  std::string product_;
  std::string uid_;
};

}  // namespace pushgate
