#include "pushgate/net/buffer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

namespace pushgate::net {

namespace {

struct BlockClass {
  std::uint32_t bytes;
  std::size_t
      kept;  // idle blocks that stay in the pool: at most 256 KiB, 512 KiB and 1 MiB a thread
};
constexpr std::array kClasses{BlockClass{4 * 1024, 64}, BlockClass{16 * 1024, 32},
                              BlockClass{64 * 1024, 16}};

struct Pool {
  std::array<std::vector<std::unique_ptr<char[]>>, kClasses.size()> idle;
};

Pool& pool() {
  thread_local Pool blocks;
  return blocks;
}

struct Block {
  char* data;
  std::uint32_t bytes;
};

Block borrow(std::size_t wanted) {
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    if (wanted > kClasses[i].bytes) continue;
    auto& idle = pool().idle[i];
    if (idle.empty()) return {new char[kClasses[i].bytes], kClasses[i].bytes};
    char* const data = idle.back().release();
    idle.pop_back();
    return {data, kClasses[i].bytes};
  }
  return {new char[wanted], static_cast<std::uint32_t>(wanted)};
}

void give_back(char* data, std::uint32_t bytes) noexcept {
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    if (bytes != kClasses[i].bytes) continue;
    auto& idle = pool().idle[i];
    if (idle.capacity() == 0) idle.reserve(kClasses[i].kept);
    if (idle.size() >= kClasses[i].kept) break;
    idle.emplace_back(data);
    return;
  }
  delete[] data;
}

}  // namespace

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    capacity_ = std::exchange(other.capacity_, 0);
    begin_ = std::exchange(other.begin_, 0);
    end_ = std::exchange(other.end_, 0);
  }
  return *this;
}

char* Buffer::prepare(std::size_t bytes) {
  if (empty()) begin_ = end_ = 0;
  if (room() >= bytes) return data_ + end_;
  const std::size_t used = size();
  if (capacity_ >= used + bytes) {
    std::memmove(data_, data_ + begin_, used);
  } else {
    const Block block = borrow(std::max<std::size_t>(used + bytes, std::size_t{capacity_} * 2));
    if (used > 0) std::memcpy(block.data, data_ + begin_, used);
    if (data_ != nullptr) give_back(data_, capacity_);
    data_ = block.data;
    capacity_ = block.bytes;
  }
  begin_ = 0;
  end_ = static_cast<std::uint32_t>(used);
  return data_ + end_;
}

void Buffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
  commit(bytes.size());
}

void Buffer::release() noexcept {
  if (data_ == nullptr) return;
  give_back(std::exchange(data_, nullptr), std::exchange(capacity_, 0));
  begin_ = end_ = 0;
}

}  // namespace pushgate::net
