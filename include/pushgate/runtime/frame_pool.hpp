#pragma once
// frame_pool.hpp - memory for coroutine frames and for objects of their size, recycled per thread.

#include <cstddef>

namespace pushgate::runtime {

/// Allocates a coroutine frame from the calling thread's free lists (classes of 64 bytes up to 4
/// KiB; larger frames come from operator new). A frame may be freed on another thread, whose free
/// lists it joins: they are bounded. O(1), no lock.
void* allocate_frame(std::size_t bytes);
void free_frame(void* frame, std::size_t bytes) noexcept;

}  // namespace pushgate::runtime
