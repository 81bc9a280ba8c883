#pragma once
// text_template.hpp - texts with places for parts of a request: "session:{cookie.sid}".

#include <string>
#include <string_view>
#include <vector>

namespace pushgate::config {

/// A piece of a template.
struct TemplatePart {
  enum class Kind {
    literal,  ///< `text` as it is
    cookie,   ///< {cookie.NAME}: the cookie, decoded
    query,    ///< {query.NAME}
    header,   ///< {header.NAME}
    client,   ///< {client}: the client's address
    host,     ///< {host}: without port, in lower case
    method,   ///< {method}
    path,     ///< {path}: as received
    uri,      ///< {uri}: path and query as received
  };
  Kind kind = Kind::literal;
  std::string text;  ///< the literal, or NAME

  friend bool operator==(const TemplatePart&, const TemplatePart&) = default;
};

struct ParsedTemplate {
  std::vector<TemplatePart> parts;
  std::string fault;  ///< for people; empty: `parts` is the template
};

/// "{{" and "}}" stand for one brace. Names are at most 256 bytes; at most 32 parts. O(bytes).
ParsedTemplate parse_template(std::string_view text);

}  // namespace pushgate::config
