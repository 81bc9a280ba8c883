#include "pushgate/http/query.hpp"

#include "pushgate/http/percent.hpp"

namespace pushgate::http {

std::optional<Parameter> ParameterReader::next() noexcept {
  while (!rest_.empty()) {
    const std::size_t end = rest_.find('&');
    const std::string_view piece = rest_.substr(0, end);
    rest_ = end == rest_.npos ? std::string_view{} : rest_.substr(end + 1);
    if (piece.empty()) continue;
    const std::size_t equals = piece.find('=');
    if (equals == piece.npos) return Parameter{piece, {}};
    return Parameter{piece.substr(0, equals), piece.substr(equals + 1)};
  }
  return std::nullopt;
}

std::optional<std::string_view> ParameterValues::next() noexcept {
  while (const std::optional<Parameter> parameter = reader_.next()) {
    if (percent_equals(parameter->name, name_, Plus::space)) return parameter->value;
  }
  return std::nullopt;
}

void append_target_with_parameter(std::string& out, std::string_view target, Parameter added) {
  const std::size_t mark = target.find('?');
  out += target.substr(0, mark);
  out += '?';
  if (mark != target.npos) {
    ParameterReader reader{target.substr(mark + 1)};
    while (const std::optional<Parameter> parameter = reader.next()) {
      if (percent_equals(parameter->name, added.name, Plus::space)) continue;
      const char* const start = parameter->name.data();
      const char* const end = parameter->value.data() == nullptr
                                  ? start + parameter->name.size()
                                  : parameter->value.data() + parameter->value.size();
      out.append(start, end);
      out += '&';
    }
  }
  append_percent_encoded(out, added.name);
  out += '=';
  append_percent_encoded(out, added.value);
}

}  // namespace pushgate::http
