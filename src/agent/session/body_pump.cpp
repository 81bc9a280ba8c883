#include "agent/session/body_pump.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "pushgate/http/hop_by_hop.hpp"
#include "pushgate/runtime/reactor.hpp"

namespace pushgate::agent {

using http::Framing;
using net::IoResult;
using net::IoStatus;
using net::RelayResult;
using net::RelayStatus;

namespace {

// A body at least this long goes through a kernel pipe from its second read on.
constexpr std::uint64_t kBulkBytes = 192 * 1024;
// Read at once when every byte has to be looked at; the encoded form must fit the socket's buffer.
constexpr std::size_t kTranscodeBytes = 32 * 1024;
constexpr int kTranscodeRounds = 4;

}  // namespace

BodyPump::BodyPump(Framing framing, std::uint64_t length, Encoding encoding,
                   const ProtectedNames* passed_trailers_except)
    : passed_trailers_except_(passed_trailers_except),
      left_(framing == Framing::length ? length : std::numeric_limits<std::uint64_t>::max()),
      framing_(framing),
      encoding_(encoding),
      decodes_(framing == Framing::chunked),
      source_done_(framing == Framing::none || (framing == Framing::length && length == 0)) {
  if (framing == Framing::length && length >= kBulkBytes) relay_.expect_bulk();
}

void BodyPump::continue_after(BodyPump& before) {
  const net::Buffer unwritten = before.take_unwritten();
  relay_.preload(unwritten.view());
}

void BodyPump::encode(std::string_view payload, std::string& out) const {
  if (payload.empty()) return;  // an empty chunk would end the body
  if (encoding_ == Encoding::raw) {
    out += payload;
    return;
  }
  char size[16];
  const auto [end, error] = std::to_chars(size, size + sizeof size, payload.size(), 16);
  out.append(size, end);
  out += "\r\n";
  out += payload;
  out += "\r\n";
}

void BodyPump::finish(std::string& out) {
  source_done_ = true;
  if (encoding_ != Encoding::chunked) return;
  out += "0\r\n";
  if (passed_trailers_except_ != nullptr && decodes_) append_trailers(out);
  out += "\r\n";
}

/// The decoder has checked the syntax: each line is a name, a colon, a value and CR LF.
void BodyPump::append_trailers(std::string& out) const {
  const http::ConnectionOptions nominated{nominated_};
  std::string_view lines = decoder_.trailers();
  while (!lines.empty()) {
    const std::size_t length = lines.find('\n') + 1;
    const std::string_view line = lines.substr(0, length);
    const std::string_view name = line.substr(0, line.find(':'));
    const bool passed = http::may_be_trailer(name) && !nominated.nominates({name, {}, {}}) &&
                        !passed_trailers_except_->contains(name);
    if (passed) out += line;
    lines.remove_prefix(length);
  }
}

std::size_t BodyPump::take(std::string_view input, std::string& out) {
  if (source_done_) return 0;
  if (!decodes_) {
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    left_ -= taken;
    bytes_ += taken;
    if (encoding_ == Encoding::chunked) encode(input.substr(0, taken), out);
    if (framing_ == Framing::length && left_ == 0) source_done_ = true;
    return taken;
  }
  std::size_t taken = 0;
  while (taken < input.size() && !source_done_) {
    const http::ChunkStep step = decoder_.step(input.substr(taken));
    if (step.error != http::ChunkError::none) {
      chunk_error_ = step.error;
      return taken;
    }
    taken += step.consumed;
    bytes_ += step.payload.size();
    encode(step.payload, out);
    if (step.finished) finish(out);
    if (step.consumed == 0) break;
  }
  return taken;
}

PumpStatus BodyPump::run(net::Socket& from, net::Socket& to, char* scratch, net::Buffer& beyond) {
  if (source_done_) {
    int error = 0;
    switch (relay_.flush(to, error)) {
      case RelayStatus::wants_output:
        return PumpStatus::wants_output;
      case RelayStatus::output_failed:
        return PumpStatus::output_failed;
      default:
        return PumpStatus::done;
    }
  }
  return writes_as_is() ? run_raw(from, to, scratch) : transcode(from, to, scratch, beyond);
}

PumpStatus BodyPump::run_raw(net::Socket& from, net::Socket& to, char* scratch) {
  const RelayResult moved = relay_.run(from, to, scratch, left_);
  left_ -= moved.bytes;
  bytes_ += moved.bytes;
  if (framing_ == Framing::length && left_ == 0) source_done_ = true;
  switch (moved.status) {
    case RelayStatus::wants_input:
      return source_done_ ? PumpStatus::done : PumpStatus::wants_input;
    case RelayStatus::wants_output:
      return PumpStatus::wants_output;
    case RelayStatus::more:
      return source_done_ ? PumpStatus::done : PumpStatus::more;
    case RelayStatus::limit:
      return PumpStatus::done;
    case RelayStatus::input_failed:
      return PumpStatus::input_failed;
    case RelayStatus::output_failed:
      return PumpStatus::output_failed;
    case RelayStatus::input_ended:
      break;
  }
  if (framing_ == Framing::length) return PumpStatus::truncated;
  source_done_ = true;
  return PumpStatus::done;
}

PumpStatus BodyPump::write_encoded(net::Socket& to, std::string_view encoded) {
  if (encoded.empty()) return PumpStatus::more;
  const IoResult wrote = to.write(encoded);
  if (wrote.status == IoStatus::failed) return PumpStatus::output_failed;
  if (wrote.bytes == encoded.size()) return PumpStatus::more;
  relay_.preload(encoded.substr(wrote.bytes));
  to.channel().interest |= runtime::kWritable;
  return PumpStatus::wants_output;
}

PumpStatus BodyPump::transcode(net::Socket& from, net::Socket& to, char* scratch,
                               net::Buffer& beyond) {
  if (!relay_.idle()) {
    int error = 0;
    const RelayStatus flushed = relay_.flush(to, error);
    if (flushed == RelayStatus::wants_output) return PumpStatus::wants_output;
    if (flushed == RelayStatus::output_failed) return PumpStatus::output_failed;
  }
  std::string encoded;
  for (int round = 0; round < kTranscodeRounds; ++round) {
    if (!(from.channel().ready & runtime::kReadable)) return PumpStatus::wants_input;
    const IoResult got = from.read(scratch, kTranscodeBytes);
    if (got.status == IoStatus::would_block) return PumpStatus::wants_input;
    if (got.status == IoStatus::failed) return PumpStatus::input_failed;

    encoded.clear();
    if (got.status == IoStatus::end) {
      if (framing_ != Framing::until_close) return PumpStatus::truncated;
      finish(encoded);
    } else {
      const std::string_view input{scratch, got.bytes};
      const std::size_t taken = take(input, encoded);
      if (malformed()) return PumpStatus::malformed;
      beyond.append(input.substr(taken));
    }
    const PumpStatus wrote = write_encoded(to, encoded);
    if (wrote != PumpStatus::more) return wrote;
    if (source_done_) return PumpStatus::done;
  }
  return PumpStatus::more;
}

}  // namespace pushgate::agent
