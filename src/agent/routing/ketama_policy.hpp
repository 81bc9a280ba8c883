#pragma once
// ketama_policy.hpp - the consistent-hashing ring of nginx's `hash … consistent`.

#include "pushgate/agent/routing/hash_policy.hpp"

namespace pushgate::agent {

/// Sends every key to the node to which nginx sends it, so that a fleet can move from an upstream
/// block with `hash $key consistent` without moving a user. nginx hashes the server's name as
/// written in its file, hence the member's *address* as written, not its id, makes the points.
///
/// The ring: 160 points per unit of weight, each the CRC-32 of HOST, a zero byte, PORT, and the
/// previous point (4 bytes, least significant first; zero at the start); a key goes to the first
/// point at or after its own CRC-32. Without ":PORT" the port is empty; of "unix:PATH" the host is
/// PATH. Fail-over walks on to the next distinct member, as nginx's does (which leaves the ring for
/// round robin after 20 more points; we never do).
///
/// Stability: a member that leaves gives away only its own keys; one that joins only takes. Uneven:
/// with equal weights shares differ by some 8 % (standard deviation), as nginx's do.
///
/// Where two points are equal, nginx keeps the server listed first and we the smaller address, so
/// that the order of the file does not matter. This concerns about members² * 3e-6 points of a ring
/// (160² / 2 / 2^32), so with 30 members fewer than one point of 4,800 in 370 rings.
///
/// Memory: 8 bytes a point and 4 to 8 of index, about 2.5 KiB per member and unit of weight: use
/// small weights (1 to 10, not 100 to 1,000).
class KetamaPolicy final : public HashPolicy {
 public:
  explicit KetamaPolicy(std::span<const HashMember> members);

  std::size_t pick(std::string_view key) const noexcept override;
  void order(std::string_view key, std::vector<std::uint32_t>& out) const override;
  std::uint64_t hash(std::string_view key) const noexcept override;
  std::optional<std::uint64_t> bucket(std::string_view key) const noexcept override;
  std::string_view name() const noexcept override { return "ketama"; }

 private:
  struct Point {
    std::uint32_t hash;
    std::uint32_t member;
  };
  void add_points(const HashMember& member, std::uint32_t index);
  void sort_points(std::span<const HashMember> members);
  void index_points();
  std::size_t find(std::uint32_t hash) const noexcept;

  std::vector<Point> points_;          // by hash, without duplicates
  std::vector<std::uint32_t> starts_;  // first point at or after i << shift_
  unsigned shift_ = 31;
  std::size_t member_count_;          // all, for marking
  std::vector<std::uint32_t> by_id_;  // those of positive weight
};

}  // namespace pushgate::agent
