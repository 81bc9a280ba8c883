#include "agent/routing/hrw_score.hpp"

#include <algorithm>
#include <array>

#include <xxhash.h>

namespace pushgate::agent {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr unsigned kFractionBits = 48;
constexpr unsigned kSegmentBits = 12;
constexpr std::uint64_t kOne = std::uint64_t{1} << kFractionBits;
using LogTable = std::array<std::uint64_t, (std::size_t{1} << kSegmentBits) + 1>;

/// log2(x / 2^62) for x in [2^62, 2^63), bit by bit: squaring doubles the logarithm, and each time
/// it passes 1 that binary digit is a one.
std::uint64_t log2_by_squaring(std::uint64_t x) noexcept {
  std::uint64_t result = 0;
  for (unsigned bit = 0; bit < kFractionBits; ++bit) {
    x = static_cast<std::uint64_t>((Wide{x} * x) >> 62);
    result <<= 1;
    if ((x >> 63) != 0) {
      result |= 1;
      x >>= 1;
    }
  }
  return result;
}

LogTable make_log_table() noexcept {
  LogTable table{};
  constexpr std::uint64_t kSegments = std::uint64_t{1} << kSegmentBits;
  for (std::uint64_t i = 0; i < kSegments; ++i) {
    table[i] = log2_by_squaring((kSegments + i) << (62 - kSegmentBits));
  }
  table[kSegments] = kOne;
  return table;
}

/// log2(1 + i/4096) for i = 0..4096, in units of 2^-48. 32 KiB, made on first use.
const LogTable& log_table() noexcept {
  static const LogTable table = make_log_table();
  return table;
}

/// A member's draw for one seed, comparable with that of any other member.
struct Draw {
  std::uint64_t cost;
  std::uint64_t h;
  std::uint32_t weight;
};

/// True if `a` wins over `b`. a.cost / a.weight < b.cost / b.weight without the division.
bool beats(const Draw& a, const Draw& b) noexcept {
  const Wide left = Wide{a.cost} * b.weight;
  const Wide right = Wide{b.cost} * a.weight;
  return left != right ? left < right : a.h > b.h;
}

}  // namespace

std::uint64_t stable_hash(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::uint64_t cost_q48(std::uint64_t h) noexcept {
  h = std::max<std::uint64_t>(h, 1);
  const auto zeros = static_cast<unsigned>(std::countl_zero(h));
  const std::uint64_t fraction = zeros == 63 ? 0 : h << (zeros + 1);  // below the leading one
  const std::uint64_t segment = fraction >> (64 - kSegmentBits);
  const Wide within = fraction << kSegmentBits;  // how far into the segment, of 2^64
  const LogTable& table = log_table();
  const std::uint64_t rise = table[segment + 1] - table[segment];
  const std::uint64_t log = table[segment] + static_cast<std::uint64_t>((within * rise) >> 64);
  return (std::uint64_t{zeros} + 1) * kOne - log;
}

HrwRanking::HrwRanking(std::span<const HashMember> members) {
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if (members[i].weight > 0) indices_.push_back(i);
  }
  std::sort(indices_.begin(), indices_.end(),
            [&](std::uint32_t a, std::uint32_t b) { return members[a].id < members[b].id; });
  bool equal = true;
  for (const std::uint32_t index : indices_) {
    id_hashes_.push_back(stable_hash(members[index].id));
    weights_.push_back(members[index].weight);
    equal = equal && members[index].weight == weights_.front();
  }
  if (equal) weights_ = {};
}

std::size_t HrwRanking::best_unweighted(std::uint64_t seed) const noexcept {
  std::size_t best = 0;
  std::uint64_t best_h = mix64(seed ^ id_hashes_[0]);
  for (std::size_t i = 1; i < id_hashes_.size(); ++i) {
    const std::uint64_t h = mix64(seed ^ id_hashes_[i]);
    if (h > best_h) {
      best = i;
      best_h = h;
    }
  }
  return best;
}

std::size_t HrwRanking::best_weighted(std::uint64_t seed) const noexcept {
  std::size_t best = 0;
  const std::uint64_t first = mix64(seed ^ id_hashes_[0]);
  Draw best_draw{cost_q48(first), first, weights_[0]};
  for (std::size_t i = 1; i < id_hashes_.size(); ++i) {
    const std::uint64_t h = mix64(seed ^ id_hashes_[i]);
    // Cost falls as h grows, so a smaller h with no greater weight cannot win: no logarithm.
    if (h <= best_draw.h && weights_[i] <= best_draw.weight) continue;
    const Draw draw{cost_q48(h), h, weights_[i]};
    if (beats(draw, best_draw)) {
      best = i;
      best_draw = draw;
    }
  }
  return best;
}

std::uint32_t HrwRanking::winner(std::uint64_t seed) const noexcept {
  return indices_[weighted() ? best_weighted(seed) : best_unweighted(seed)];
}

void HrwRanking::order(std::uint64_t seed, std::vector<std::uint32_t>& out) const {
  struct Ranked {
    Draw draw;
    std::uint32_t position;
  };
  // Kept per thread, like `out` by its owner: an outage must not turn fallbacks into allocations.
  thread_local std::vector<Ranked> ranked;
  ranked.resize(size());
  for (std::uint32_t i = 0; i < ranked.size(); ++i) {
    const std::uint64_t h = mix64(seed ^ id_hashes_[i]);
    ranked[i] = {weighted() ? Draw{cost_q48(h), h, weights_[i]} : Draw{0, h, 1}, i};
  }
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    if (beats(a.draw, b.draw)) return true;
    return !beats(b.draw, a.draw) && a.position < b.position;
  });
  out.clear();
  for (const Ranked& each : ranked) out.push_back(indices_[each.position]);
}

}  // namespace pushgate::agent
