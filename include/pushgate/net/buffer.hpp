#pragma once
// buffer.hpp - bytes that must be kept for a while; holds no memory while it is empty.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace pushgate::net {

/// A queue of bytes in memory borrowed from the calling thread's pool (blocks of 4, 16 and 64 KiB;
/// larger ones from the heap). The pool keeps a few blocks of each size warm and returns the rest,
/// so memory follows activity. Move-only; use it on one thread.
class Buffer {
 public:
  Buffer() noexcept = default;
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        capacity_(std::exchange(other.capacity_, 0)),
        begin_(std::exchange(other.begin_, 0)),
        end_(std::exchange(other.end_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer() { release(); }

  bool empty() const noexcept { return begin_ == end_; }
  std::size_t size() const noexcept { return end_ - begin_; }
  std::string_view view() const noexcept { return {data_ + begin_, size()}; }

  /// Room for at least `bytes` more, behind what is there. Moves the content when it must grow,
  /// which invalidates views.
  char* prepare(std::size_t bytes);
  /// How much fits behind the content without growing.
  std::size_t room() const noexcept { return capacity_ - end_; }
  void commit(std::size_t bytes) noexcept { end_ += static_cast<std::uint32_t>(bytes); }
  void append(std::string_view bytes);

  /// Drops bytes from the front. Does not move the rest, and keeps the memory.
  void consume(std::size_t bytes) noexcept { begin_ += static_cast<std::uint32_t>(bytes); }
  /// Gives the memory back; the content is gone.
  void release() noexcept;
  void release_if_empty() noexcept {
    if (empty()) release();
  }

 private:
  char* data_ = nullptr;
  std::uint32_t capacity_ = 0;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace pushgate::net
