#pragma once
// index_table.hpp - an array of member indices in as few bytes as their number allows.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pushgate::agent {

/// Up to 256 members take one byte an entry, up to 65,536 two, more take four. Lookup tables are
/// the only large thing in a route table, and most pools are small.
class IndexTable {
 public:
  IndexTable() = default;
  IndexTable(std::size_t entries, std::size_t members)
      : width_(members <= 0x100     ? 1
               : members <= 0x10000 ? 2
                                    : 4) {
    if (width_ == 1) bytes_.resize(entries);
    if (width_ == 2) shorts_.resize(entries);
    if (width_ == 4) words_.resize(entries);
  }

  bool empty() const noexcept { return width_ == 0; }

  std::uint32_t operator[](std::size_t entry) const noexcept {
    if (width_ == 1) return bytes_[entry];
    if (width_ == 2) return shorts_[entry];
    return words_[entry];
  }

  void set(std::size_t entry, std::uint32_t index) noexcept {
    if (width_ == 1) bytes_[entry] = static_cast<std::uint8_t>(index);
    if (width_ == 2) shorts_[entry] = static_cast<std::uint16_t>(index);
    if (width_ == 4) words_[entry] = index;
  }

 private:
  unsigned width_ = 0;  // bytes per entry; exactly one of the vectors is used
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint16_t> shorts_;
  std::vector<std::uint32_t> words_;
};

}  // namespace pushgate::agent
