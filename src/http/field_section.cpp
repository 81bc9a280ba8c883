// field_section.cpp - header fields, line by line (RFC 9112 section 5).

#include "parse_step.hpp"

namespace pushgate::http {

namespace {

/// What stands where a name and its colon should: the end of the section or a mistake. Nothing may
/// stand between name and colon: what a parser makes of "Name :" is anybody's guess (RFC 9112
/// section 5.1 asks for 400).
Step no_name(Cursor& cursor, const char* stop, bool allow_bare_lf) noexcept {
  if (stop == cursor.end) return kNeedMore;
  if (stop == cursor.at) {
    if (*stop == '\r' || *stop == '\n') {
      return take_line_end(cursor, allow_bare_lf, HeadError::bad_field_name);
    }
    if (*stop == ' ' || *stop == '\t') return bad(HeadError::obsolete_folding);
  }
  return bad(HeadError::bad_field_name);
}

constexpr std::size_t kUsualFields = 16;

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }

std::string_view between(const char* start, const char* stop) noexcept {
  return {start, static_cast<std::size_t>(stop - start)};
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
  const char* const end = cursor.end;
  if (fields.capacity() == 0) fields.reserve(kUsualFields);
  for (;;) {
    const char* const name = cursor.at;
    const char* const colon = find_token_end(name, end);
    if (colon == end || *colon != ':' || colon == name) {
      return no_name(cursor, colon, limits.allow_bare_lf);
    }
    const char* value = colon + 1;
    while (value != end && is_space(*value)) ++value;
    cursor.at = find_value_end(value, end);
    const char* value_end = cursor.at;
    while (value_end != value && is_space(value_end[-1])) --value_end;
    if (end - cursor.at >= 2 && cursor.at[0] == '\r' && cursor.at[1] == '\n') {
      cursor.at += 2;
    } else {
      const Step step = take_line_end(cursor, limits.allow_bare_lf, HeadError::bad_field_value);
      if (!step.ok()) return step;
    }
    if (fields.size() == limits.max_fields) return bad(HeadError::too_many_fields);
    Field& field = fields.emplace_back();
    field.name = between(name, colon);
    field.value = between(value, value_end);
    field.id = field_id(field.name);
    if (field.id != FieldId::other) facts.note(field);
  }
}

}  // namespace pushgate::http
