#pragma once
// pooled.hpp - objects that come and go with connections, in recycled memory.

#include <cstddef>

#include "pushgate/runtime/frame_pool.hpp"

namespace pushgate::runtime {

/// A base for such classes: `new` and `delete` use the free lists of the calling thread. Of several
/// bases of a class only one may have it, and an object of a derived class may be deleted through a
/// base only if that has a virtual destructor (as everywhere).
struct Pooled {
  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* object, std::size_t bytes) noexcept {
    free_frame(object, bytes);
  }
};

/// The same for containers of nodes and std::allocate_shared.
template <class T>
struct PoolAllocator {
  using value_type = T;
  static_assert(alignof(T) <= alignof(std::max_align_t));

  PoolAllocator() noexcept = default;
  template <class Other>
  PoolAllocator(const PoolAllocator<Other>&) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(allocate_frame(count * sizeof(T))); }
  void deallocate(T* objects, std::size_t count) noexcept {
    free_frame(objects, count * sizeof(T));
  }
  friend bool operator==(const PoolAllocator&, const PoolAllocator&) noexcept { return true; }
};

}  // namespace pushgate::runtime
