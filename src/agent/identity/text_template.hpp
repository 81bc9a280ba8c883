#pragma once
// text_template.hpp - fills a template of the configuration with parts of a request.

#include <string>
#include <vector>

#include "pushgate/agent/identity/identity_source.hpp"
#include "pushgate/config/text_template.hpp"

namespace pushgate::agent {

/// Immutable, shared by all threads.
class TextTemplate {
 public:
  /// Precondition: config::parse_template finds no fault in it.
  explicit TextTemplate(std::string_view text);

  /// Appends the text; false if a part is missing, empty, said twice differently, or cannot be
  /// decoded (`out` is then of no use).
  bool append_to(std::string& out, const RequestView& request) const;

 private:
  std::vector<config::TemplatePart> parts_;
};

}  // namespace pushgate::agent
