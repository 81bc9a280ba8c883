#include "agent/routing/ketama_policy.hpp"

#include <algorithm>
#include <bit>

#include "pushgate/base/text.hpp"

#include "agent/routing/crc32.hpp"

namespace pushgate::agent {

namespace {

constexpr std::size_t kPointsPerWeight = 160;

struct HostPort {
  std::string_view host;
  std::string_view port;
};

/// As nginx's ngx_http_upstream_init_chash does it: the port is a run of digits, possibly empty,
/// after the last colon.
HostPort split(std::string_view address) noexcept {
  if (address.size() >= 5 && iequals(address.substr(0, 5), "unix:")) {
    return {address.substr(5), {}};
  }
  const std::size_t last = address.find_last_not_of("0123456789");
  if (last == std::string_view::npos || address[last] != ':') return {address, {}};
  return {address.substr(0, last), address.substr(last + 1)};
}

}  // namespace

KetamaPolicy::KetamaPolicy(std::span<const HashMember> members) : member_count_(members.size()) {
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if (members[i].weight == 0) continue;
    by_id_.push_back(i);
    add_points(members[i], i);
  }
  std::sort(by_id_.begin(), by_id_.end(),
            [&](std::uint32_t a, std::uint32_t b) { return members[a].id < members[b].id; });
  sort_points(members);
  index_points();
}

void KetamaPolicy::add_points(const HashMember& member, std::uint32_t index) {
  const HostPort name = split(member.address);
  Crc32 base;
  base.add(name.host).add_byte(0).add(name.port);
  std::uint32_t previous = 0;
  for (std::size_t i = 0; i < kPointsPerWeight * member.weight; ++i) {
    previous = Crc32{base}.add_u32(previous).value();
    points_.push_back({previous, index});
  }
}

void KetamaPolicy::sort_points(std::span<const HashMember> members) {
  std::sort(points_.begin(), points_.end(), [&](const Point& a, const Point& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    const HashMember& first = members[a.member];
    const HashMember& second = members[b.member];
    if (first.address != second.address) return first.address < second.address;
    return first.id < second.id;
  });
  const auto end = std::unique(points_.begin(), points_.end(),
                               [](const Point& a, const Point& b) { return a.hash == b.hash; });
  points_.erase(end, points_.end());
  points_.shrink_to_fit();
}

/// About one start per point, so that a lookup walks a step or two instead of bisecting the ring.
void KetamaPolicy::index_points() {
  const auto bits =
      std::clamp<unsigned>(static_cast<unsigned>(std::bit_width(points_.size())), 1, 24);
  shift_ = 32 - bits;
  starts_.resize(std::size_t{1} << bits);
  std::uint32_t point = 0;
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    while (point < points_.size() && points_[point].hash < (std::uint64_t{i} << shift_)) ++point;
    starts_[i] = point;
  }
}

/// The first point at or after `hash`, around the end of the ring. Precondition: there are points.
std::size_t KetamaPolicy::find(std::uint32_t hash) const noexcept {
  std::size_t point = starts_[hash >> shift_];
  while (point < points_.size() && points_[point].hash < hash) ++point;
  return point < points_.size() ? point : 0;
}

std::size_t KetamaPolicy::pick(std::string_view key) const noexcept {
  if (points_.empty()) return kNone;
  return points_[find(Crc32{}.add(key).value())].member;
}

void KetamaPolicy::order(std::string_view key, std::vector<std::uint32_t>& out) const {
  out.clear();
  if (points_.empty()) return;
  thread_local std::vector<bool> seen;  // kept, so that a fallback does not allocate each time
  seen.assign(member_count_, false);
  const std::size_t start = find(Crc32{}.add(key).value());
  for (std::size_t i = 0; i < points_.size() && out.size() < by_id_.size(); ++i) {
    const std::uint32_t member = points_[(start + i) % points_.size()].member;
    if (!seen[member]) out.push_back(member);
    seen[member] = true;
  }
  // A member whose every point coincides with another's: two ids with one address. It comes last.
  for (const std::uint32_t member : by_id_) {
    if (!seen[member]) out.push_back(member);
  }
}

std::uint64_t KetamaPolicy::hash(std::string_view key) const noexcept {
  return Crc32{}.add(key).value();
}

std::optional<std::uint64_t> KetamaPolicy::bucket(std::string_view key) const noexcept {
  if (points_.empty()) return std::nullopt;
  return points_[find(Crc32{}.add(key).value())].hash;
}

}  // namespace pushgate::agent
