// unique_fd_test.cpp - one owner, one close.

#include "pushgate/base/unique_fd.hpp"

#include <fcntl.h>

#include <gtest/gtest.h>

#include "pushgate/base/result.hpp"

namespace pushgate::test {
namespace {

int open_something() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST(UniqueFd, ClosesWhenItsLifeEnds) {
  int number = -1;
  {
    const UniqueFd fd{open_something()};
    number = fd.get();
    ASSERT_TRUE(is_open(number));
  }

  EXPECT_FALSE(is_open(number));
}

TEST(UniqueFd, MovingHandsTheDescriptorOn) {
  UniqueFd from{open_something()};
  const int number = from.get();

  const UniqueFd to{std::move(from)};

  EXPECT_EQ(to.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(UniqueFd, AssigningClosesWhatWasHeld) {
  UniqueFd first{open_something()};
  const int old = first.get();
  UniqueFd second{open_something()};
  const int kept = second.get();

  first = std::move(second);

  EXPECT_FALSE(is_open(old));
  EXPECT_EQ(first.get(), kept);
  EXPECT_TRUE(is_open(kept));
}

TEST(UniqueFd, AssigningToItselfKeepsTheDescriptor) {
  UniqueFd fd{open_something()};
  const int number = fd.get();
  UniqueFd& alias = fd;

  fd = std::move(alias);

  EXPECT_EQ(fd.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(UniqueFd, ReleaseGivesUpOwnership) {
  UniqueFd fd{open_something()};

  const UniqueFd other{fd.release()};

  EXPECT_FALSE(static_cast<bool>(fd));
  EXPECT_TRUE(is_open(other.get()));
}

TEST(UniqueFd, ResetClosesAndTakesTheNext) {
  UniqueFd fd{open_something()};
  const int next = open_something();

  fd.reset(next);

  EXPECT_EQ(fd.get(), next);
  EXPECT_TRUE(is_open(next));
}

TEST(UniqueFd, ZeroIsADescriptorAndMinusOneIsNone) {
  UniqueFd zero{0};

  EXPECT_TRUE(static_cast<bool>(zero));
  EXPECT_EQ(zero.release(), 0);  // standard input stays open
  EXPECT_FALSE(static_cast<bool>(UniqueFd{}));
}

TEST(Result, TheErrorOfTheLastSystemCallIsKept) {
  ASSERT_EQ(::open("/nonexistent/file", O_RDONLY), -1);

  const ErrorCode error = last_system_error();

  EXPECT_EQ(error, boost::system::errc::no_such_file_or_directory);
}

}  // namespace
}  // namespace pushgate::test
