#include "config/document.hpp"

#include <utility>

#include "pushgate/base/text.hpp"

#include "config/syntax_error.hpp"

namespace pushgate::config {

Document::Document(std::string_view text, std::string file, const LoadOptions& options)
    : file_(std::move(file)), text_(text), options_(options) {
  StrippedText stripped = strip_comments(text_);
  json_ = std::move(stripped.json);
  locator_ = Locator{json_};
  if (stripped.unterminated_comment) {
    report(*stripped.unterminated_comment, {}, "this comment never ends", "close it with */");
    return;
  }
  parse();
  if (!parsed_) return;
  for (const DuplicateKey& duplicate : find_duplicate_keys(json_)) {
    const LineColumn first = line_column(text_, duplicate.first_offset);
    report(duplicate.offset, duplicate.pointer, "this key is given twice",
           "first in line " + std::to_string(first.line));
  }
  expand_variables(root_, {});
}

void Document::parse() {
  if (const auto deep = find_too_deep(json_, kMaxDepth)) {
    report(*deep, {}, "nested deeper than " + std::to_string(kMaxDepth) + " levels", {});
    return;
  }
  try {
    root_ = Json::parse(json_);
    parsed_ = true;
  } catch (const Json::parse_error& error) {
    SyntaxError found = explain_syntax_error(json_, error.byte, error.what());
    report(found.offset, {}, std::move(found.message), std::move(found.hint));
  } catch (const Json::exception& error) {  // a number that no double can hold
    SyntaxError found = explain_number_error(json_, error.what());
    report(found.offset, {}, std::move(found.message), std::move(found.hint));
  }
}

void Document::expand_variables(Json& value, const std::string& pointer) {
  if (value.is_object()) {
    for (auto& [key, member] : value.items()) {
      expand_variables(member, pointer + '/' + escape_pointer(key));
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      expand_variables(value[i], pointer + '/' + std::to_string(i));
    }
  } else if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (text.find('$') == std::string::npos) return;
    Expansion expansion = expand(text, options_.environment);
    if (expansion.error.empty() && !is_valid_utf8(expansion.text)) {
      expansion.error = "the environment variable's value is not UTF-8";
    }
    if (!expansion.error.empty()) {
      error_at_value(pointer, expansion.error,
                     "write $$ for a plain $, ${NAME:-default} for a default");
      // The unexpanded text stays; what else is wrong with it is not worth a second message.
      failed_.insert(pointer);
      return;
    }
    if (expansion.whole) from_environment_.insert(pointer);
    text = std::move(expansion.text);
  }
}

void Document::error_at_value(const std::string& pointer, std::string message, std::string hint) {
  if (failed_.contains(pointer)) return;
  report(locator_.value_offset(pointer), pointer, std::move(message), std::move(hint));
}

void Document::error_at_key(const std::string& pointer, std::string message, std::string hint) {
  report(locator_.key_offset(pointer), pointer, std::move(message), std::move(hint));
}

Result<IpAddress> Document::resolve(const std::string& host) {
  const auto known = resolved_.find(host);
  if (known != resolved_.end()) return known->second;
  return resolved_.emplace(host, options_.resolver(host)).first->second;
}

void Document::report(std::size_t offset, std::string pointer, std::string message,
                      std::string hint) {
  const LineColumn at = line_column(text_, offset);
  diagnostics_.push_back(
      {{file_, at.line, at.column}, std::move(pointer), std::move(message), std::move(hint)});
}

std::vector<Diagnostic> Document::take_diagnostics() {
  sort_by_position(diagnostics_);
  return std::exchange(diagnostics_, {});
}

}  // namespace pushgate::config
