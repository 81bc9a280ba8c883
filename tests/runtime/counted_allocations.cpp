#include "runtime/counted_allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t allocations = 0;

}  // namespace

// In a file of their own: where the compiler inlines one of the two, it warns that they do not
// match.
void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* const memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc{};
}
// std::stable_sort asks this one; a sanitizer's own would not match the delete below.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(bytes);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace pushgate::runtime {

std::size_t allocations_of_this_thread() noexcept { return allocations; }

}  // namespace pushgate::runtime
