#pragma once
// counted_allocations.hpp - how often this program asked operator new for memory.

#include <cstddef>

namespace pushgate::runtime {

/// Since the calling thread began. Whoever links counted_allocations.cpp has operator new replaced.
std::size_t allocations_of_this_thread() noexcept;

}  // namespace pushgate::runtime
