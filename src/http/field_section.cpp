// field_section.cpp - header fields, line by line (RFC 9112 section 5).

#include "parse_step.hpp"

namespace pushgate::http {

namespace {

/// Reads the name and the colon. Nothing may stand between them: what a parser makes of "Name :" is
/// anybody's guess (RFC 9112 section 5.1 asks for 400).
Step parse_name(Cursor& cursor, std::string_view& name) noexcept {
  const char* const start = cursor.at;
  const char* const stop = detail::skip_class(start, cursor.end, kTokenChar);
  if (stop == cursor.end) return kNeedMore;
  if (stop == start && (*stop == ' ' || *stop == '\t')) return bad(HeadError::obsolete_folding);
  if (*stop != ':' || stop == start) return bad(HeadError::bad_field_name);
  name = std::string_view{start, static_cast<std::size_t>(stop - start)};
  cursor.at = stop + 1;
  return kDone;
}

Step parse_value(Cursor& cursor, bool allow_bare_lf, std::string_view& value) noexcept {
  const char* start = cursor.at;
  while (start != cursor.end && (*start == ' ' || *start == '\t')) ++start;
  cursor.at = find_value_end(start, cursor.end);
  const char* stop = cursor.at;
  while (stop != start && (stop[-1] == ' ' || stop[-1] == '\t')) --stop;
  value = std::string_view{start, static_cast<std::size_t>(stop - start)};
  return take_line_end(cursor, allow_bare_lf, HeadError::bad_field_value);
}

}  // namespace

Step take_line_end(Cursor& cursor, bool allow_bare_lf, HeadError otherwise) noexcept {
  if (cursor.at_end()) return kNeedMore;
  if (*cursor.at == '\n') {
    if (!allow_bare_lf) return bad(HeadError::bare_line_feed);
    ++cursor.at;
    return kDone;
  }
  if (*cursor.at != '\r') return bad(otherwise);
  if (cursor.end - cursor.at < 2) return kNeedMore;
  if (cursor.at[1] != '\n') return bad(otherwise);
  cursor.at += 2;
  return kDone;
}

Step parse_field_section(Cursor& cursor, const HeadLimits& limits, std::vector<Field>& fields,
                         FieldFacts& facts) {
  for (;;) {
    if (cursor.at_end()) return kNeedMore;
    if (*cursor.at == '\r' || *cursor.at == '\n') {
      return take_line_end(cursor, limits.allow_bare_lf, HeadError::bad_field_name);
    }
    Field field;
    if (const Step step = parse_name(cursor, field.name); !step.ok()) return step;
    if (const Step step = parse_value(cursor, limits.allow_bare_lf, field.value); !step.ok()) {
      return step;
    }
    if (fields.size() == limits.max_fields) return bad(HeadError::too_many_fields);
    field.id = field_id(field.name);
    if (field.id != FieldId::other) facts.note(field);
    fields.push_back(field);
  }
}

}  // namespace pushgate::http
