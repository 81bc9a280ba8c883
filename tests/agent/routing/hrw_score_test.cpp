// Is the integer logarithm of weighted rendezvous hashing right, monotonic, and the same
// everywhere?

#include "agent/routing/hrw_score.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace pushgate::agent {
namespace {

constexpr double kOne = 281474976710656.0;  // 2^48

TEST(CostQ48, equals_minus_log2_at_powers_of_two) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    EXPECT_EQ(cost_q48(std::uint64_t{1} << bit), std::uint64_t{64 - bit} << 48) << bit;
  }
}

TEST(CostQ48, counts_zero_as_one) { EXPECT_EQ(cost_q48(0), cost_q48(1)); }

TEST(CostQ48, is_never_zero_so_that_no_weight_can_make_a_tie) {
  EXPECT_GT(cost_q48(~std::uint64_t{0}), 0U);
}

TEST(CostQ48, is_within_its_stated_relative_error_of_the_real_logarithm) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 200'000; ++i) {
    // Near 1 as well, where the winners of large pools are.
    const std::uint64_t h = ~(random() >> (i % 20));
    const double expected = -std::log1p(-static_cast<double>(~h) / 18446744073709551616.0) / M_LN2;
    EXPECT_NEAR(static_cast<double>(cost_q48(h)) / kOne / expected, 1.0, 1.3e-4) << h;
  }
}

TEST(CostQ48, never_increases_as_h_grows) {
  std::mt19937_64 random{2};
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t h = random() >> (i % 64);
    const std::uint64_t step = random() >> (i % 63 + 1);
    const std::uint64_t above = h > ~step ? ~std::uint64_t{0} : h + step;
    EXPECT_LE(cost_q48(above), cost_q48(h)) << h << ' ' << above;
  }
}

TEST(StableHash, equals_the_published_test_value_of_xxh3) {
  EXPECT_EQ(stable_hash(""), 0x2d06800538d394c2U);
}

}  // namespace
}  // namespace pushgate::agent
