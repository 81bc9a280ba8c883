#include "pushgate/runtime/frame_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "pushgate/runtime/pooled.hpp"

#include "runtime/counted_allocations.hpp"

namespace pushgate::runtime {
namespace {

/// Allocates `count` frames, then frees them all; answers how many came from operator new.
std::size_t allocations_for(std::size_t count, std::size_t bytes) {
  std::vector<void*> frames(count);
  const std::size_t before = allocations_of_this_thread();
  for (void*& frame : frames) frame = allocate_frame(bytes);
  const std::size_t spent = allocations_of_this_thread() - before;
  for (void* const frame : frames) free_frame(frame, bytes);
  return spent;
}

TEST(FramePool, GivesFramesOfEverySizeThatCanBeWrittenToTheEnd) {
  for (std::size_t bytes = 1; bytes <= 5000; bytes += 7) {
    void* const frame = allocate_frame(bytes);

    std::memset(frame, 0xa5, bytes);

    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(frame) % alignof(std::max_align_t), 0u) << bytes;
    free_frame(frame, bytes);
  }
}

TEST(FramePool, NeverGivesOneFrameTwice) {
  std::set<void*> frames;
  for (int i = 0; i < 100; ++i) frames.insert(allocate_frame(200));

  EXPECT_EQ(frames.size(), 100u);

  for (void* const frame : frames) free_frame(frame, 200);
}

TEST(FramePool, GivesAFrameOfALargerClassTheSizeThatItNeeds) {
  free_frame(allocate_frame(64), 64);

  void* const frame = allocate_frame(65);

  std::memset(frame, 0xa5, 65);
  free_frame(frame, 65);
}

TEST(FramePool, FreesWhatItKeepsWhenItsThreadEnds) {
  std::size_t spent = 0;
  std::thread{[&spent] { spent = allocations_for(10, 300); }}.join();

  // The leak checker of the sanitizer build is the judge of the rest.
  EXPECT_EQ(spent, 10u);
}

// AddressSanitizer builds do not recycle, lest a use after free goes unseen.
#if defined(__SANITIZE_ADDRESS__)
#define PUSHGATE_RECYCLES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PUSHGATE_RECYCLES 0
#endif
#endif
#ifndef PUSHGATE_RECYCLES
#define PUSHGATE_RECYCLES 1
#endif

#if PUSHGATE_RECYCLES
TEST(FramePool, AllocatesNothingForAFrameThatWasFreedBefore) {
  allocations_for(20, 700);

  EXPECT_EQ(allocations_for(20, 700), 0u);
}

TEST(FramePool, RecyclesBetweenSizesOfOneClass) {
  free_frame(allocate_frame(1025), 1025);

  EXPECT_EQ(allocations_for(1, 1088), 0u);
}

TEST(FramePool, GivesTheMemoryOfABurstBack) {
  constexpr std::size_t kBurst = 2000;
  allocations_for(kBurst, 900);

  const std::size_t spent = allocations_for(kBurst, 900);

  EXPECT_GT(spent, kBurst / 2);
  EXPECT_LT(spent, kBurst);
}

struct Passenger : Pooled {
  virtual ~Passenger() = default;
};
struct HeavyPassenger final : Passenger {
  char luggage[500] = {};
};

TEST(Pooled, AnObjectDeletedThroughItsBaseGoesBackToItsOwnClass) {
  std::unique_ptr<Passenger> passenger = std::make_unique<HeavyPassenger>();
  const void* const place = passenger.get();
  free_frame(allocate_frame(sizeof(Passenger)), sizeof(Passenger));

  passenger.reset();

  const auto next = std::make_unique<HeavyPassenger>();
  EXPECT_EQ(next.get(), place);
}
#endif

TEST(PoolAllocator, ServesContainersAndSharedObjects) {
  std::map<int, int, std::less<>, PoolAllocator<std::pair<const int, int>>> numbers;
  for (int i = 0; i < 1000; ++i) numbers.emplace(i, -i);
  const auto shared = std::allocate_shared<std::string>(PoolAllocator<std::string>{}, "text");

  EXPECT_EQ(numbers.at(777), -777);
  EXPECT_EQ(*shared, "text");
}

TEST(FramePool, DoesNotKeepFramesAboveItsLargestClass) {
  allocations_for(1, 4097);

  EXPECT_EQ(allocations_for(1, 4097), 1u);
}

}  // namespace
}  // namespace pushgate::runtime
