#include "pushgate/net/relay.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "pushgate/runtime/reactor.hpp"

namespace pushgate::net {

using runtime::kReadable;
using runtime::kWritable;
using runtime::Reactor;

namespace {

// How often one call reads before other connections get their turn: at most 256 KiB copied.
constexpr int kRoundsPerTurn = 4;
// Below this a copy is cheaper than two splices.
constexpr std::uint64_t kWorthSplicing = 32 * 1024;
constexpr std::size_t kSpliceAtOnce = 1024 * 1024;
constexpr std::uint8_t kSmallSplicesBeforeCopying = 4;

}  // namespace

RelayStatus Relay::flush(Socket& to, int& error) {
  while (!pending_.empty()) {
    const IoResult wrote = to.write(pending_.view());
    if (wrote.status == IoStatus::failed) {
      error = wrote.error;
      return RelayStatus::output_failed;
    }
    if (wrote.status == IoStatus::would_block) {
      to.channel().interest |= kWritable;
      return RelayStatus::wants_output;
    }
    pending_.consume(wrote.bytes);
  }
  pending_.release();

  while (pipe_ != nullptr && pipe_->held_bytes() > 0) {
    const long moved = pipe_->drain(to.fd(), false);
    if (moved > 0) continue;
    if (moved < 0 && errno != EAGAIN) {
      error = errno;
      return RelayStatus::output_failed;
    }
    to.exhausted_output();
    to.channel().interest |= kWritable;
    return RelayStatus::wants_output;
  }
  to.channel().interest &= static_cast<std::uint8_t>(~kWritable);
  return RelayStatus::wants_input;
}

RelayResult Relay::run(Socket& from, Socket& to, char* scratch, std::uint64_t limit) {
  RelayResult result;
  if (!idle()) {
    result.status = flush(to, result.error);
    if (result.status != RelayStatus::wants_input) return result;
  }
  for (int round = 0; round < kRoundsPerTurn; ++round) {
    const std::uint64_t left = limit - result.bytes;
    if (left == 0) {
      leave_bulk();
      result.status = RelayStatus::limit;
      return result;
    }
    if (!(from.channel().ready & kReadable)) {
      result.status = RelayStatus::wants_input;
      return result;
    }
    const bool bulk = full_reads_ >= kBulkAfterFullReads && left >= kWorthSplicing;
    if (bulk && pipe_ == nullptr) pipe_ = SplicePipe::borrow();
    result.status = bulk && pipe_ != nullptr ? splice_once(from, to, left, result)
                                             : copy_once(from, to, scratch, left, result);
    if (result.status != RelayStatus::more) return result;
  }
  const bool can_go_on = (from.channel().ready & kReadable) && result.bytes < limit;
  if (!can_go_on) {
    result.status = result.bytes == limit ? RelayStatus::limit : RelayStatus::wants_input;
  }
  if (result.status == RelayStatus::limit) leave_bulk();
  return result;
}

RelayStatus Relay::copy_once(Socket& from, Socket& to, char* scratch, std::uint64_t limit,
                             RelayResult& result) {
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(Reactor::kScratchBytes, limit));
  const IoResult got = from.read(scratch, wanted);
  switch (got.status) {
    case IoStatus::would_block:
      return RelayStatus::wants_input;
    case IoStatus::end:
      return RelayStatus::input_ended;
    case IoStatus::failed:
      result.error = got.error;
      return RelayStatus::input_failed;
    case IoStatus::ok:
      break;
  }
  result.bytes += got.bytes;
  if (got.bytes < Reactor::kScratchBytes) {
    full_reads_ = 0;
  } else if (full_reads_ < kBulkAfterFullReads) {
    ++full_reads_;
  }

  const IoResult wrote = to.write({scratch, got.bytes});
  if (wrote.status == IoStatus::failed) {
    result.error = wrote.error;
    return RelayStatus::output_failed;
  }
  if (wrote.bytes < got.bytes) {
    pending_.append({scratch + wrote.bytes, got.bytes - wrote.bytes});
    to.channel().interest |= kWritable;
    return RelayStatus::wants_output;
  }
  return RelayStatus::more;
}

RelayStatus Relay::splice_once(Socket& from, Socket& to, std::uint64_t limit, RelayResult& result) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kSpliceAtOnce, limit));
  const long moved = pipe_->fill(from.fd(), wanted);
  if (moved == 0) return RelayStatus::input_ended;
  if (moved < 0) {
    if (errno != EAGAIN) {
      result.error = errno;
      return RelayStatus::input_failed;
    }
    // The pipe is empty here, so it is the socket that has nothing.
    from.exhausted_input();
    return (from.channel().ready & kReadable) ? RelayStatus::more : RelayStatus::wants_input;
  }
  result.bytes += static_cast<std::uint64_t>(moved);

  // A direction that turned into small messages goes back to copying.
  const bool small = moved < static_cast<long>(kWorthSplicing) / 2;
  small_splices_ = small ? static_cast<std::uint8_t>(small_splices_ + 1) : std::uint8_t{0};
  const RelayStatus flushed = flush(to, result.error);
  if (flushed != RelayStatus::wants_input) return flushed;
  if (small_splices_ >= kSmallSplicesBeforeCopying) leave_bulk();
  return RelayStatus::more;
}

void Relay::leave_bulk() noexcept {
  full_reads_ = 0;
  small_splices_ = 0;
  SplicePipe::give_back(std::move(pipe_));
}

}  // namespace pushgate::net
