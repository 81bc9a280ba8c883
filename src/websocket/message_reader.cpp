#include "pushgate/websocket/message_reader.hpp"

#include <algorithm>

namespace pushgate::websocket {

namespace {

std::string_view view_of(std::span<const char> bytes) noexcept {
  return {bytes.data(), bytes.size()};
}

std::span<char> take_front(std::span<char>& input, std::size_t bytes) noexcept {
  const std::span<char> front = input.first(bytes);
  input = input.subspan(bytes);
  return front;
}

/// What cannot be compressed grows a little: at most an eighth even with zlib's smallest memory.
std::size_t largest_compressed(std::size_t max_message_bytes) noexcept {
  constexpr std::size_t kFewBytes = 64;
  return max_message_bytes + max_message_bytes / 8 + kFewBytes;
}

ReaderEvent event_of(ReaderEvent::Kind kind, std::string_view payload) noexcept {
  ReaderEvent event;
  event.kind = kind;
  event.payload = payload;
  return event;
}

}  // namespace

/// What must be kept of a frame or message until the rest of it is there.
struct MessageReader::Partial {
  std::array<char, kMaxFrameHeaderBytes> header{};
  std::size_t header_bytes = 0;      ///< of an incomplete header
  FrameHeader frame{};               ///< meaningful while in_frame
  std::uint64_t received_bytes = 0;  ///< of its payload
  bool in_frame = false;
  /// The payload of the message so far, behind it that of a control frame in between.
  std::vector<char> bytes;

  bool is_idle() const noexcept { return header_bytes == 0 && !in_frame && bytes.empty(); }

  void append(std::span<const char> piece, std::size_t max_bytes) {
    const std::size_t wanted = bytes.size() + piece.size();
    if (wanted > bytes.capacity()) {
      bytes.reserve(std::max(wanted, std::min(2 * bytes.capacity(), max_bytes)));
    }
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  }
};

MessageReader::MessageReader(ReaderContext& context, bool compression) noexcept
    : context_(&context), compression_(compression) {}
MessageReader::MessageReader(MessageReader&& other) noexcept = default;
MessageReader& MessageReader::operator=(MessageReader&& other) noexcept = default;
MessageReader::~MessageReader() = default;

std::size_t MessageReader::held_bytes() const noexcept {
  return partial_ ? sizeof(Partial) + partial_->bytes.capacity() : 0;
}

ReaderEvent MessageReader::next(std::span<char>& input) {
  context_->release_last();
  ReaderEvent event;
  while (event.kind == ReaderEvent::Kind::none && !input.empty() && !ended_) {
    event = partial_ && partial_->in_frame ? take_payload(input) : take_header(input);
  }
  if (event.ends_connection()) {
    ended_ = true;
    partial_.reset();
  }
  if (ended_) input = {};
  return event;
}

// ---- headers
// -------------------------------------------------------------------------------------

ReaderEvent MessageReader::take_header(std::span<char>& input) {
  FrameHeader header;
  const HeaderRules rules{.peer = context_->rules_.peer, .compression = compression_};
  if (partial_ && partial_->header_bytes > 0) return resume_header(input, rules);
  const HeaderStep step = parse_frame_header(view_of(input), rules, header);
  if (step.error != FrameError::none) return fail(step.error);
  if (step.header_bytes == 0) {
    std::ranges::copy(input, partial().header.begin());
    partial_->header_bytes = input.size();
    input = {};
    return {};
  }
  input = input.subspan(step.header_bytes);
  return begin_frame(header, input);
}

ReaderEvent MessageReader::resume_header(std::span<char>& input, HeaderRules rules) {
  FrameHeader header;
  const std::size_t before = partial_->header_bytes;
  const std::size_t more = std::min(input.size(), kMaxFrameHeaderBytes - before);
  std::ranges::copy(input.first(more), partial_->header.begin() + before);
  const HeaderStep step =
      parse_frame_header({partial_->header.data(), before + more}, rules, header);
  if (step.error != FrameError::none) return fail(step.error);
  if (step.header_bytes == 0) {
    partial_->header_bytes = before + more;
    input = {};
    return {};
  }
  partial_->header_bytes = 0;
  input = input.subspan(step.header_bytes - before);
  return begin_frame(header, input);
}

/// Is this frame allowed here, after the frames before it?
FrameError MessageReader::check_place(const FrameHeader& header) const noexcept {
  if (is_control(header.opcode)) return FrameError::none;
  const bool in_message = message_ != Opcode::continuation;
  if (header.opcode == Opcode::continuation) {
    return in_message ? FrameError::none : FrameError::lonely_continuation;
  }
  return in_message ? FrameError::message_not_finished : FrameError::none;
}

bool MessageReader::fits(const FrameHeader& header) const noexcept {
  if (is_control(header.opcode)) return true;
  const std::size_t limit = max_kept_bytes();
  const std::size_t kept = partial_ ? partial_->bytes.size() : 0;
  // The limit may have been lowered since.
  return kept <= limit && header.payload_bytes <= limit - kept;
}

std::size_t MessageReader::max_kept_bytes() const noexcept {
  const std::size_t max_bytes = context_->rules_.max_message_bytes;
  return compressed_ ? largest_compressed(max_bytes) : max_bytes;
}

ReaderEvent MessageReader::begin_frame(const FrameHeader& header, std::span<char>& input) {
  if (const FrameError error = check_place(header); error != FrameError::none) return fail(error);
  if (!is_control(header.opcode) && header.opcode != Opcode::continuation) {
    message_ = header.opcode;
    compressed_ = header.rsv1;
  }
  if (!fits(header)) return fail(FrameError::message_too_big);
  if (header.payload_bytes <= input.size()) {
    const auto bytes = static_cast<std::size_t>(header.payload_bytes);
    const std::span<char> payload = take_front(input, bytes);
    if (header.masked) apply_mask(payload.data(), payload.size(), header.mask_key);
    return take_whole_frame(header, payload);
  }
  Partial& state = partial();
  state.frame = header;
  state.received_bytes = 0;
  state.in_frame = true;
  return {};
}

// ---- payloads
// ------------------------------------------------------------------------------------

ReaderEvent MessageReader::take_whole_frame(const FrameHeader& header, std::span<char> payload) {
  if (is_control(header.opcode)) {
    release_if_idle();
    return on_control(header.opcode, view_of(payload));
  }
  if (!is_good_text_so_far(payload)) return fail(FrameError::invalid_utf8);
  const bool nothing_kept = !partial_ || partial_->bytes.empty();
  if (header.fin && nothing_kept) {
    partial_.reset();
    return on_message(view_of(payload));
  }
  partial().append(payload, max_kept_bytes());
  if (header.fin) return on_kept_message();
  release_if_idle();
  return {};
}

ReaderEvent MessageReader::take_payload(std::span<char>& input) {
  Partial& state = *partial_;
  const std::uint64_t left = state.frame.payload_bytes - state.received_bytes;
  const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left, input.size()));
  const std::span<char> piece = take_front(input, bytes);
  if (state.frame.masked) {
    apply_mask(piece.data(), piece.size(), state.frame.mask_key, state.received_bytes);
  }
  const bool control = is_control(state.frame.opcode);
  if (!control && !is_good_text_so_far(piece)) return fail(FrameError::invalid_utf8);
  state.append(piece, max_kept_bytes() + kMaxControlBytes);
  state.received_bytes += bytes;
  if (state.received_bytes < state.frame.payload_bytes) return {};

  state.in_frame = false;
  if (control) return on_kept_control();
  return state.frame.fin ? on_kept_message() : ReaderEvent{};
}

bool MessageReader::is_good_text_so_far(std::span<const char> piece) noexcept {
  return message_ != Opcode::text || compressed_ || utf8_.feed(view_of(piece));
}

// ---- events
// --------------------------------------------------------------------------------------

ReaderEvent MessageReader::on_kept_control() {
  Partial& state = *partial_;
  const auto bytes = static_cast<std::size_t>(state.frame.payload_bytes);
  const std::span<const char> payload = std::span<const char>{state.bytes}.last(bytes);
  std::ranges::copy(payload, context_->control_.begin());
  state.bytes.resize(state.bytes.size() - bytes);
  const Opcode opcode = state.frame.opcode;
  release_if_idle();
  return on_control(opcode, {context_->control_.data(), bytes});
}

ReaderEvent MessageReader::on_control(Opcode opcode, std::string_view payload) const {
  if (opcode == Opcode::ping) return event_of(ReaderEvent::Kind::ping, payload);
  if (opcode == Opcode::pong) return event_of(ReaderEvent::Kind::pong, payload);
  ReaderEvent event = event_of(ReaderEvent::Kind::close, {});
  event.close_code = close_code::kNone;
  if (payload.empty()) return event;
  if (payload.size() == 1) return fail(FrameError::bad_close_payload);
  const auto high = static_cast<unsigned char>(payload[0]);
  const auto low = static_cast<unsigned char>(payload[1]);
  event.close_code = static_cast<std::uint16_t>(high << 8 | low);
  event.payload = payload.substr(2);
  if (!is_valid_close_code(event.close_code)) return fail(FrameError::bad_close_code);
  if (!is_utf8(event.payload)) return fail(FrameError::invalid_utf8);
  return event;
}

/// The message is handed to the context, so that it outlives a reader that is destroyed because of
/// it.
ReaderEvent MessageReader::on_kept_message() {
  context_->message_ = std::move(partial_->bytes);
  partial_.reset();
  return on_message(view_of(context_->message_));
}

ReaderEvent MessageReader::on_message(std::string_view payload) {
  const bool text = message_ == Opcode::text;
  message_ = Opcode::continuation;
  if (compressed_) return on_compressed_message(text, payload);
  if (text && !utf8_.complete()) return fail(FrameError::invalid_utf8);
  return event_of(text ? ReaderEvent::Kind::text : ReaderEvent::Kind::binary, payload);
}

ReaderEvent MessageReader::on_compressed_message(bool text, std::string_view payload) {
  if (!context_->inflater_) context_->inflater_ = std::make_unique<Inflater>();
  const Inflated inflated =
      context_->inflater_->inflate(payload, context_->rules_.max_message_bytes);
  switch (inflated.outcome) {
    case Inflated::Outcome::bad_data:
      return fail(FrameError::bad_compressed_data);
    case Inflated::Outcome::too_large:
      return fail(FrameError::message_too_big);
    case Inflated::Outcome::whole:
      break;
  }
  if (text && !is_utf8(inflated.payload)) return fail(FrameError::invalid_utf8);
  return event_of(text ? ReaderEvent::Kind::text : ReaderEvent::Kind::binary, inflated.payload);
}

ReaderEvent MessageReader::fail(FrameError error) noexcept {
  ReaderEvent event = event_of(ReaderEvent::Kind::error, {});
  event.error = error;
  event.close_code = close_code_of(error);
  return event;
}

// ---- what is kept
// --------------------------------------------------------------------------------

MessageReader::Partial& MessageReader::partial() {
  if (!partial_) partial_ = std::make_unique<Partial>();
  return *partial_;
}

void MessageReader::release_if_idle() noexcept {
  if (partial_ && partial_->is_idle()) partial_.reset();
}

}  // namespace pushgate::websocket
