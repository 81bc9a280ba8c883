#pragma once
// allocation_count.hpp - how often this thread has called operator new so far.

#include <cstddef>

namespace pushgate::agent::sample {

/// Counted by the replaced operator new of the test program that links allocation_count.cpp.
std::size_t allocations() noexcept;

}  // namespace pushgate::agent::sample
