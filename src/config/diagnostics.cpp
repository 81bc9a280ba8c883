#include "pushgate/config/diagnostics.hpp"

#include <algorithm>
#include <tuple>

namespace pushgate::config {

std::string to_string(const Diagnostic& diagnostic) {
  std::string out = diagnostic.at.file;
  if (diagnostic.at.line != 0) {
    out += ':' + std::to_string(diagnostic.at.line) + ':' + std::to_string(diagnostic.at.column);
  }
  out += ": ";
  if (!diagnostic.path.empty()) out += diagnostic.path + ": ";
  out += diagnostic.message;
  if (!diagnostic.hint.empty()) out += " (" + diagnostic.hint + ')';
  return out;
}

void sort_by_position(std::vector<Diagnostic>& diagnostics) {
  const auto before = [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  };
  auto first = diagnostics.begin();
  while (first != diagnostics.end()) {
    const std::string& file = first->at.file;
    const auto last = std::find_if(first, diagnostics.end(),
                                   [&](const Diagnostic& d) { return d.at.file != file; });
    std::stable_sort(first, last, before);
    first = last;
  }
}

std::string report(const std::vector<Diagnostic>& diagnostics) {
  if (diagnostics.empty()) return {};
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) out += to_string(diagnostic) + '\n';
  return out + std::to_string(diagnostics.size()) +
         (diagnostics.size() == 1 ? " error\n" : " errors\n");
}

}  // namespace pushgate::config
