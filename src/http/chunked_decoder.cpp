#include "pushgate/http/chunked_decoder.hpp"

#include <algorithm>
#include <array>

#include "parse_step.hpp"

namespace pushgate::http {

namespace {

struct Entry {
  std::string_view rule;
  std::string_view message;
};

/// Indexed by ChunkError.
constexpr std::array<Entry, 6> kEntries{{
    {"none", "no error"},
    {"bad_chunk_size", "a chunk size is not one to thirteen hexadecimal digits"},
    {"bad_chunk_extension", "a chunk extension is malformed, or there are too many"},
    {"bad_chunk_line_end", "a chunk does not end with CR LF"},
    {"trailer_too_large", "the trailer section is too large"},
    {"bad_trailer", "the trailer section is malformed"},
}};

const Entry& entry_of(ChunkError error) noexcept {
  return kEntries[static_cast<std::size_t>(error)];
}

bool is_valid_field_section(const std::string& section) {
  const HeadLimits limits;
  std::vector<Field> fields;
  FieldFacts facts;
  Cursor cursor{section.data(), section.data() + section.size()};
  return parse_field_section(cursor, limits, fields, facts).ok();
}

ChunkStep step_of(std::size_t consumed, ChunkError error) noexcept {
  ChunkStep step;
  step.consumed = consumed;
  step.error = error;
  return step;
}

}  // namespace

std::string_view rule_of(ChunkError error) noexcept { return entry_of(error).rule; }
std::string_view message_of(ChunkError error) noexcept { return entry_of(error).message; }

ChunkStep ChunkedDecoder::step(std::string_view input) {
  ChunkStep step;
  if (state_ == State::failed) return fail(step, error_);
  while (step.consumed < input.size()) {
    if (state_ == State::finished) break;
    if (state_ == State::payload || state_ == State::trailer) {
      const std::string_view rest = input.substr(step.consumed);
      const ChunkStep part = state_ == State::payload ? take_payload(rest) : take_trailer(rest);
      step.consumed += part.consumed;
      step.payload = part.payload;
      if (part.error != ChunkError::none) return fail(step, part.error);
      if (!step.payload.empty()) break;
      continue;
    }
    const ChunkError error = take_framing_byte(input[step.consumed]);
    if (error != ChunkError::none) return fail(step, error);
    ++step.consumed;
  }
  step.finished = finished();
  return step;
}

ChunkStep ChunkedDecoder::fail(ChunkStep step, ChunkError error) noexcept {
  state_ = State::failed;
  error_ = error;
  step.error = error;
  return step;
}

void ChunkedDecoder::skip_payload(std::uint64_t bytes) noexcept {
  left_ -= std::min(bytes, chunk_bytes_left());
  if (state_ == State::payload && left_ == 0) state_ = State::payload_return;
}

void ChunkedDecoder::reset() noexcept {
  left_ = 0;
  trailers_.clear();
  trailer_line_ = 0;
  extension_bytes_ = 0;
  size_digits_ = 0;
  state_ = State::size;
  error_ = ChunkError::none;
}

ChunkError ChunkedDecoder::take_framing_byte(char c) noexcept {
  switch (state_) {
    case State::size:
      return take_size_byte(c);
    case State::size_line_feed:
      if (c != '\n') return ChunkError::bad_line_end;
      state_ = left_ == 0 ? State::trailer : State::payload;
      size_digits_ = 0;
      return ChunkError::none;
    case State::payload_return:
      if (c != '\r') return ChunkError::bad_line_end;
      state_ = State::payload_line_feed;
      return ChunkError::none;
    case State::payload_line_feed:
      if (c != '\n') return ChunkError::bad_line_end;
      state_ = State::size;
      return ChunkError::none;
    default:
      return take_extension_byte(c);
  }
}

ChunkError ChunkedDecoder::take_size_byte(char c) noexcept {
  if (is_of(c, kHexChar)) {
    if (++size_digits_ > kMaxSizeDigits) return ChunkError::bad_size;
    left_ = left_ * 16 + hex_value(c);
    return ChunkError::none;
  }
  if (size_digits_ == 0) return ChunkError::bad_size;
  if (c == ';' || c == '\r') return end_extension(c);
  return c == '\n' ? ChunkError::bad_line_end : ChunkError::bad_size;
}

/// What follows a complete part of a chunk's first line: another extension, or the line's end.
ChunkError ChunkedDecoder::end_extension(char c) noexcept {
  if (c == '\r') {
    state_ = State::size_line_feed;
    return ChunkError::none;
  }
  if (c == '\n') return ChunkError::bad_line_end;
  if (c != ';') return ChunkError::bad_extension;
  state_ = State::extension_name;
  extension_part_empty_ = true;
  return ChunkError::none;
}

ChunkError ChunkedDecoder::take_extension_byte(char c) noexcept {
  if (++extension_bytes_ > kMaxExtensionBytes) return ChunkError::bad_extension;
  switch (state_) {
    case State::extension_name:
    case State::extension_token:
      if (is_of(c, kTokenChar)) {
        extension_part_empty_ = false;
        return ChunkError::none;
      }
      if (extension_part_empty_) return ChunkError::bad_extension;
      if (c != '=' || state_ == State::extension_token) return end_extension(c);
      state_ = State::extension_value;
      return ChunkError::none;
    case State::extension_value:
      if (c != '"' && !is_of(c, kTokenChar)) return ChunkError::bad_extension;
      state_ = c == '"' ? State::extension_quoted : State::extension_token;
      return ChunkError::none;
    case State::extension_quoted:
      if (c == '"') state_ = State::extension_quoted_end;
      if (c == '\\') state_ = State::extension_escape;
      if (c == '"' || c == '\\' || is_of(c, kQuotedChar)) return ChunkError::none;
      return ChunkError::bad_extension;
    case State::extension_escape:
      state_ = State::extension_quoted;
      return is_of(c, kValueChar) ? ChunkError::none : ChunkError::bad_extension;
    default:
      return end_extension(c);
  }
}

ChunkStep ChunkedDecoder::take_payload(std::string_view input) noexcept {
  const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  left_ -= bytes;
  if (left_ == 0) state_ = State::payload_return;
  ChunkStep step = step_of(bytes, ChunkError::none);
  step.payload = input.substr(0, bytes);
  return step;
}

/// Collects lines until an empty one, which is left out once the rest has been checked.
ChunkStep ChunkedDecoder::take_trailer(std::string_view input) {
  const std::size_t line_feed = input.find('\n');
  const bool line_complete = line_feed != input.npos;
  const std::size_t bytes = line_complete ? line_feed + 1 : input.size();
  const std::size_t room = max_trailer_bytes_ + 2 - trailers_.size();  // 2: the empty line
  if (bytes > room) return step_of(0, ChunkError::trailer_too_large);
  trailers_.append(input.substr(0, bytes));
  const ChunkStep step = step_of(bytes, ChunkError::none);
  if (!line_complete) return step;
  const std::string_view line = std::string_view{trailers_}.substr(trailer_line_);
  trailer_line_ = trailers_.size();
  if (line == "\n") return step_of(0, ChunkError::bad_line_end);
  if (line != "\r\n") return step;
  if (!is_valid_field_section(trailers_)) return step_of(0, ChunkError::bad_trailer);
  trailers_.resize(trailers_.size() - 2);
  state_ = State::finished;
  return step;
}

}  // namespace pushgate::http
