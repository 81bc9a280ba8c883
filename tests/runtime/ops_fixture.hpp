#pragma once
// ops_fixture.hpp - a folder of its own for each test, and waiting for what other threads do.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "pushgate/base/clock.hpp"
#include "pushgate/base/unique_fd.hpp"

#include "support/temp_folder.hpp"

namespace pushgate::runtime {

class OpsFixture : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.file(name); }
  std::string read(const std::string& name) const { return folder_.read(name); }

  static std::size_t count_lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  /// Until the condition holds, or five seconds have passed without it.
  template <class Condition>
  static bool eventually(Condition condition) {
    const TimePoint deadline = Clock::now() + std::chrono::seconds{5};
    while (!condition()) {
      if (Clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

 private:
  test::TempFolder folder_;
};

}  // namespace pushgate::runtime
