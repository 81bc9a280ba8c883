#include "pushgate/runtime/frame_pool.hpp"

#include <array>
#include <new>

namespace pushgate::runtime {

namespace {

#if defined(__SANITIZE_ADDRESS__)
#define PUSHGATE_FRAME_POOL 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PUSHGATE_FRAME_POOL 0
#endif
#endif
#ifndef PUSHGATE_FRAME_POOL
#define PUSHGATE_FRAME_POOL 1
#endif

// Recycling would hide a use after free from AddressSanitizer, so there every frame is a real one.
constexpr bool kRecycle = PUSHGATE_FRAME_POOL != 0;

constexpr std::size_t kGrain = 64;
constexpr std::size_t kLargest = 4096;
constexpr std::size_t kClasses = kLargest / kGrain;
// Enough for the requests in flight on a busy thread. A burst beyond it gives its memory back, so
// that ten thousand handshakes at once do not leave ten thousand frames behind.
constexpr std::size_t kKeptPerClass = 256;

struct FreeFrame {
  FreeFrame* next;
};

struct FreeLists {
  struct List {
    FreeFrame* first = nullptr;
    std::size_t count = 0;
  };
  std::array<List, kClasses> lists{};

  ~FreeLists() {
    for (List& list : lists) {
      while (FreeFrame* const frame = list.first) {
        list.first = frame->next;
        ::operator delete(frame);
      }
    }
  }
};

FreeLists& free_lists() noexcept {
  thread_local FreeLists lists;
  return lists;
}

constexpr std::size_t class_of(std::size_t bytes) noexcept { return (bytes - 1) / kGrain; }

}  // namespace

void* allocate_frame(std::size_t bytes) {
  if (!kRecycle || bytes > kLargest) return ::operator new(bytes);
  FreeLists::List& list = free_lists().lists[class_of(bytes)];
  if (FreeFrame* const frame = list.first) {
    list.first = frame->next;
    --list.count;
    return frame;
  }
  return ::operator new((class_of(bytes) + 1) * kGrain);
}

void free_frame(void* frame, std::size_t bytes) noexcept {
  if (!kRecycle || bytes > kLargest) {
    ::operator delete(frame);
    return;
  }
  FreeLists::List& list = free_lists().lists[class_of(bytes)];
  if (list.count >= kKeptPerClass) {
    ::operator delete(frame);
    return;
  }
  auto* const freed = static_cast<FreeFrame*>(frame);
  freed->next = list.first;
  list.first = freed;
  ++list.count;
}

}  // namespace pushgate::runtime
