#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/container/small_vector.hpp>
#include <re2/re2.h>

#include "pushgate/config/path_pattern.hpp"

#include "agent/identity/claims.hpp"
#include "agent/identity/sources.hpp"

namespace pushgate::agent {

namespace {

re2::RE2::Options quiet() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return options;
}

/// A path says one thing or nothing.
class OneValue {
 public:
  explicit OneValue(std::optional<std::string_view> value) noexcept : value_(value) {}
  std::optional<std::string_view> next() noexcept { return std::exchange(value_, std::nullopt); }

 private:
  std::optional<std::string_view> value_;
};

class PathSource final : public IdentitySource {
 public:
  explicit PathSource(const std::string& pattern)
      : pattern_(pattern, quiet()),
        group_(pattern_.NamedCapturingGroups().at(std::string{config::kPathGroup})) {}

  SourceValue look(const RequestView& request) const override {
    return single_value(value_in(request.head.path), http::Plus::literal);
  }
  bool is_claim() const noexcept override { return true; }
  bool contradicts(const RequestView& request, std::string_view value) const override {
    OneValue found = value_in(request.head.path);
    return any_differs(found, value, http::Plus::literal);
  }
  std::string describe() const override { return "path \"" + pattern_.pattern() + '"'; }

 private:
  OneValue value_in(std::string_view path) const {
    // RE2 numbers groups from the left; it is asked for those up to ours and no further.
    boost::container::small_vector<re2::StringPiece, 8> groups(static_cast<std::size_t>(group_) +
                                                               1);
    const re2::StringPiece text{path.data(), path.size()};
    const bool matches = pattern_.Match(text, 0, text.size(), re2::RE2::UNANCHORED, groups.data(),
                                        static_cast<int>(groups.size()));
    const re2::StringPiece& value = groups.back();
    if (!matches || value.data() == nullptr) return OneValue{std::nullopt};
    return OneValue{std::string_view{value.data(), value.size()}};
  }

  re2::RE2 pattern_;
  int group_;
};

}  // namespace

SourcePtr make_path_source(const std::string& pattern) {
  return std::make_unique<PathSource>(pattern);
}

}  // namespace pushgate::agent
