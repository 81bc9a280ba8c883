#include "pushgate/config/text_template.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "header_names.hpp"

namespace pushgate::config {

namespace {

using Kind = TemplatePart::Kind;

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxParts = 32;

constexpr std::array<std::pair<std::string_view, Kind>, 3> kNamed{
    {{"cookie.", Kind::cookie}, {"query.", Kind::query}, {"header.", Kind::header}}};
constexpr std::array<std::pair<std::string_view, Kind>, 5> kPlain{{{"client", Kind::client},
                                                                   {"host", Kind::host},
                                                                   {"method", Kind::method},
                                                                   {"path", Kind::path},
                                                                   {"uri", Kind::uri}}};

/// Names of query parameters may be anything that is text.
bool is_plain_text(std::string_view name) noexcept {
  return std::none_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

std::string quoted(std::string_view inside) {
  std::string out = "\"{";
  out += inside;
  return out += "}\"";
}

/// Why "{<place><name>}" cannot be; empty if it can.
std::string fault_of_name(std::string_view inside, Kind kind, std::string_view name) {
  if (name.empty()) return quoted(inside) + " names nothing";
  if (name.size() > kMaxNameBytes) return "a name in braces is longer than 256 bytes";
  const bool sound = kind == Kind::query ? is_plain_text(name) : is_token(name);
  return sound ? "" : quoted(inside) + " has a character that such a name cannot have";
}

class TemplateParser {
 public:
  explicit TemplateParser(std::string_view text) noexcept : rest_(text) {}

  ParsedTemplate run() {
    while (!rest_.empty() && out_.fault.empty()) step();
    finish_literal();
    if (out_.fault.empty() && out_.parts.size() > kMaxParts) fail("it has more than 32 parts");
    return std::move(out_);
  }

 private:
  void step() {
    const char c = rest_.front();
    const bool doubled = rest_.size() > 1 && rest_[1] == c;
    if ((c == '{' || c == '}') && doubled) {
      literal_ += c;
      rest_.remove_prefix(2);
    } else if (c == '{') {
      place();
    } else if (c == '}') {
      fail("it has a \"}\" without a \"{\" (write \"}}\" for the character)");
    } else {
      const std::string_view run = rest_.substr(0, rest_.find_first_of("{}"));
      literal_ += run;
      rest_.remove_prefix(run.size());
    }
  }

  /// "{...}", with the brace as the first character of what is left.
  void place() {
    const std::size_t end = rest_.find_first_of("{}", 1);
    if (end == std::string_view::npos || rest_[end] != '}') {
      return fail("it has a \"{\" that is not closed (write \"{{\" for the character)");
    }
    const std::string_view inside = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    std::optional<TemplatePart> part = part_of(inside);
    if (!part) return;
    finish_literal();
    out_.parts.push_back(std::move(*part));
    if (out_.parts.size() > kMaxParts) fail("it has more than 32 parts");
  }

  std::optional<TemplatePart> part_of(std::string_view inside) {
    for (const auto& [word, kind] : kPlain) {
      if (inside == word) return TemplatePart{kind, {}};
    }
    for (const auto& [prefix, kind] : kNamed) {
      if (!inside.starts_with(prefix)) continue;
      const std::string_view name = inside.substr(prefix.size());
      if (std::string fault = fault_of_name(inside, kind, name); !fault.empty()) {
        fail(std::move(fault));
        return std::nullopt;
      }
      return TemplatePart{kind, std::string{name}};
    }
    fail(quoted(inside.substr(0, kMaxNameBytes)) +
         " is none of {cookie.NAME}, {query.NAME}, {header.NAME}, {client}, {host}, {method}, "
         "{path}, {uri}");
    return std::nullopt;
  }

  void finish_literal() {
    if (!literal_.empty()) out_.parts.push_back({Kind::literal, std::exchange(literal_, {})});
  }

  void fail(std::string fault) { out_.fault = std::move(fault); }

  std::string_view rest_;
  std::string literal_;
  ParsedTemplate out_;
};

}  // namespace

ParsedTemplate parse_template(std::string_view text) { return TemplateParser{text}.run(); }

}  // namespace pushgate::config
